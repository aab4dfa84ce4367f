import { describe, expect, it } from 'vitest';
import { parseRunFlags } from './run-flags.ts';

describe('flags of run', () => {
  it('have the defaults of Alloy, but for the name of the folder', () => {
    expect(parseRunFlags(['config.alloy'])).toEqual({
      configPath: 'config.alloy',
      configFormat: { format: 'alloy', bypassErrors: false, extraArgs: '' },
      listen: { host: '127.0.0.1', port: 12345 },
      storagePath: 'data-agent-lite/',
      stability: 'generally-available',
    });
  });

  it('are taken in both of their forms, before and after the path', () => {
    const flags = parseRunFlags([
      '--storage.path',
      '/s',
      'c.alloy',
      '--server.http.listen-addr=[::1]:1',
      '--stability.level=experimental',
      '--config.format=static',
      '--config.bypass-conversion-errors',
      '--config.extra-args=-config.expand-env',
    ]);
    expect(flags).toEqual({
      configPath: 'c.alloy',
      configFormat: { format: 'static', bypassErrors: true, extraArgs: '-config.expand-env' },
      listen: { host: '::1', port: 1 },
      storagePath: '/s',
      stability: 'experimental',
    });
  });

  it('accept what asks for nothing', () => {
    const harmless = [
      '--disable-reporting',
      '--cluster.enabled=false',
      '--server.http.enable-pprof',
      '--server.http.ui-path-prefix=/',
    ];
    expect(parseRunFlags([...harmless, 'c'])).toBeDefined();
  });

  it.each([
    [['--cluster.enabled', 'c'], '--cluster.enabled is not supported yet'],
    [['--cluster.join-addresses=a', 'c'], '--cluster.join-addresses is not supported yet'],
    [['--config.format=otelcol', 'c'], 'it must be one of alloy, prometheus, promtail, static'],
    [['--stability.level=wild', 'c'], 'it must be one of experimental, public-preview, generally-available'],
    [['--server.http.listen-addr=12345', 'c'], 'is not an address'],
    [['--server.http.listen-addr=a:99999', 'c'], 'is not an address'],
    [['--no-such-flag', 'c'], "Unknown option '--no-such-flag'"],
    [[], 'accepts 1 arg(s), received 0'],
    [['a', 'b'], 'accepts 1 arg(s), received 2'],
  ])('%j are refused', (args, message) => {
    expect(() => parseRunFlags(args)).toThrow(message);
  });

  it('know when only help is wanted', () => {
    expect(parseRunFlags(['-h'])).toBeUndefined();
  });
});
