import { describe, expect, it } from 'vitest';
import { createLogger, type LogSettings } from './logger.ts';
import { Telemetry } from './metrics.ts';

describe('the agent log', () => {
  const lines: string[] = [];
  const log = (settings: LogSettings) => {
    lines.length = 0;
    return createLogger(
      settings,
      (line) => lines.push(line),
      () => 0,
    );
  };

  it('is one line for each event, whatever is in it', () => {
    const logger = log({ level: 'info', format: 'logfmt' });
    logger.info('a "message"\nin two lines', { label: 'x\u001b[31m', n: 1, none: undefined, plain: 'value' });
    expect(lines).toEqual([
      'ts=1970-01-01T00:00:00.000Z level=info msg="a \\"message\\"\\nin two lines" label="x\\u001b[31m" n=1 plain=value\n',
    ]);
    logger.warn('', { csi: 'a\u009b31m\u2028b' });
    expect(lines[1]).toBe('ts=1970-01-01T00:00:00.000Z level=warn msg="" csi="a\\u009b31m\\u2028b"\n');
  });

  it('is JSON where that is wanted, and leaves out what is less important', () => {
    const settings: LogSettings = { level: 'warn', format: 'json' };
    const logger = log(settings).with({ component_id: 'c' });
    logger.info('no');
    logger.error('yes', { n: 5n });
    settings.level = 'debug';
    logger.debug('now');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes', 'now']);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', component_id: 'c', n: '5' });
  });
});

describe('the agent metrics', () => {
  it('are exposed in order, with labels quoted', () => {
    const telemetry = new Telemetry();
    telemetry.counter('b_total', 'second', { path: 'a"\\\n' }).add(2);
    telemetry.observe('a', 'first\nline', 'gauge', () => Number.POSITIVE_INFINITY);
    expect(telemetry.expose()).toBe(
      '# HELP a first\\nline\n# TYPE a gauge\na +Inf\n# HELP b_total second\n# TYPE b_total counter\nb_total{path="a\\"\\\\\\n"} 2\n',
    );
  });

  it('are one series for one set of labels, and go with their owner', () => {
    const telemetry = new Telemetry();
    telemetry.counter('x', '', { a: '1', b: '2' }, 'me').add();
    telemetry.counter('x', '', { b: '2', a: '1' }, 'me').add();
    telemetry.counter('x', '', {}, 'other').add(5);
    expect(telemetry.expose()).toContain('x{a="1",b="2"} 2\n');
    telemetry.forget('me');
    expect(telemetry.expose()).toBe('# HELP x \n# TYPE x counter\nx 5\n');
  });
});
