import { describe, expect, it } from 'vitest';
import { ArgumentError, UnsupportedError } from '../alloy/component.ts';
import { defaultArguments } from '../alloy/decode.ts';
import { body } from '../alloy/schema.ts';
import { withoutSecrets } from '../delivery/without-secrets.ts';
import { httpClientFields, resolveHttpClient } from './http-client-blocks.ts';
import { loadPipeline } from './pipeline.fixture.ts';

const args = (more: object) => ({ ...defaultArguments(body(httpClientFields)), ...more });
const onHost = (more: object) => resolveHttpClient(args(more), 'endpoint[0]', { proxies: 'honoured' });

function thrownBy(act: () => unknown): ArgumentError {
  try {
    act();
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the proxy of an HTTP client', () => {
  it('is on a host what the configuration names', () => {
    expect(onHost({}).proxy).toBeUndefined();
    expect(onHost({ proxy_url: '', no_proxy: '' }).proxy).toBeUndefined();
    expect(onHost({ proxy_from_environment: true }).proxy).toBe('environment');
    expect(onHost({ proxy_url: 'http://proxy:3128', no_proxy: '10.0.0.0/8' }).proxy).toMatchObject({
      noProxy: '10.0.0.0/8',
    });
  });

  it.each([
    [{ proxy_from_environment: true, proxy_url: 'http://p' }, 'proxy_url', /beside proxy_from_environment/],
    [{ proxy_from_environment: true, no_proxy: 'a' }, 'no_proxy', /beside proxy_from_environment/],
    [{ no_proxy: 'a' }, 'no_proxy', /needs proxy_url/],
    [{ proxy_url: 'proxy' }, 'proxy_url', /is not a URL/],
    [{ proxy_url: 'socks5://p:1080' }, 'proxy_url', /not by socks5:/],
    [{ proxy_connect_header: { a: [] } }, 'proxy_connect_header', /not yet supported/],
  ])('is refused where it makes no sense or cannot be served: %j', (more, name, message) => {
    const error = thrownBy(() => onHost(more));
    expect(error.path).toBe(`endpoint[0].${name}`);
    expect(error.message).toMatch(message);
  });

  it('is refused by name where Node is too old for it', () => {
    for (const more of [{ proxy_from_environment: true }, { proxy_url: 'http://p' }]) {
      const error = thrownBy(() => resolveHttpClient(args(more), '', { proxies: 'needs_newer_node' }));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toContain('Node.js 22.21, 24.5 or later');
    }
  });

  it('does not exist at the gateway, for any writer', () => {
    for (const writer of ['prometheus.remote_write', 'loki.write', 'pyroscope.write']) {
      const endpoint = (text: string) => `${writer} "w" {\n endpoint {\n url = "https://a.example/"\n ${text}\n}\n}`;
      expect(loadPipeline(endpoint('proxy_from_environment = false')).destinations[0]?.proxy).toBeUndefined();
      for (const text of ['proxy_from_environment = true', 'proxy_url = "http://10.0.0.1"', 'no_proxy = "a"']) {
        expect(() => loadPipeline(endpoint(text))).toThrow(/is known to Alloy and not yet supported here/);
      }
    }
    const client = 'client {\n endpoint = "https://a.example"\n proxy_url = "http://10.0.0.1"\n}';
    expect(() => loadPipeline(`otelcol.exporter.otlphttp "w" { ${client} }`)).toThrow(/proxy_url is known to Alloy/);
  });

  it('never has its password in a text about a delivery', () => {
    const { proxy } = onHost({ proxy_url: 'http://me:hunter22@proxy:3128' });
    const [destination] = loadPipeline('loki.write "w" { endpoint { url = "https://a.example/" } }').destinations;
    if (destination === undefined || proxy === undefined) throw new Error('there is no destination');
    const judgement = { kind: 'retry', reason: 'network_error', detail: 'via http://me:hunter22@proxy:3128/' } as const;
    expect(JSON.stringify(withoutSecrets({ ...destination, proxy }, judgement))).not.toContain('hunter22');
  });
});
