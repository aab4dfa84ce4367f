import { describe, expect, it } from 'vitest';
import { compilePipeline } from './compile.ts';
import { MAX_DESTINATIONS, MAX_STEPS } from './way-count.ts';

const compile = (text: string) => compilePipeline('acme', { filename: 'p', text });
const messages = (text: string) => compile(text).diagnostics.map(({ message }) => message);

const ENDPOINT = 'endpoint { url = "https://mimir.example.com" }\n';

/** Each component names the next one twice. */
function doubling(component: string, entry: string, writer: string, length: number): string {
  const steps = Array.from({ length }, (_, i) => {
    const next = i + 1 < length ? `${component}.c${i + 1}.receiver` : `${writer}.w.receiver`;
    return `${component} "c${i}" { forward_to = [${next}, ${next}] }`;
  });
  return `spillway.receive "d" { ${entry} = [${component}.c0.receiver] }\n${writer} "w" {\n${ENDPOINT}}\n${steps.join('\n')}`;
}

describe('A15 a pipeline that multiplies what it gets', () => {
  it.each([
    ['prometheus.relabel', 'metrics', 'prometheus.remote_write'],
    ['loki.relabel', 'logs', 'loki.write'],
    ['pyroscope.relabel', 'profiles', 'pyroscope.write'],
  ])('through %s is refused when it is saved, at once however long it is', (component, entry, writer) => {
    expect(compile(doubling(component, entry, writer, 5)).pipeline).toBeDefined();
    for (const length of [12, 60]) {
      expect(messages(doubling(component, entry, writer, length))).toEqual([
        expect.stringContaining(`would pass more than ${MAX_STEPS} components`),
      ]);
    }
  });

  it('through processors of OTLP is refused as well', () => {
    const steps = Array.from({ length: 20 }, (_, i) => {
      const next = i < 19 ? `otelcol.processor.batch.c${i + 1}.input` : 'otelcol.exporter.otlphttp.w.input';
      return `otelcol.processor.batch "c${i}" { output { traces = [${next}, ${next}] } }`;
    });
    const writer = 'otelcol.exporter.otlphttp "w" {\n client { endpoint = "https://tempo.example.com" }\n}';
    const text = `spillway.receive "d" { traces = [otelcol.processor.batch.c0.input] }\n${writer}\n${steps.join('\n')}`;
    expect(messages(text)).toEqual([expect.stringContaining('would pass more than')]);
  });

  it('to more destinations than a request can reach is refused', () => {
    const text = (count: number) => `prometheus.remote_write "w" {\n${ENDPOINT.repeat(count)}}`;
    expect(compile(text(MAX_DESTINATIONS)).pipeline).toBeDefined();
    expect(messages(text(MAX_DESTINATIONS + 1))).toEqual([
      `the pipeline has more than ${MAX_DESTINATIONS} destinations`,
    ]);
  });
});
