/** Loads an edge pipeline from Alloy text for tests, on the real controller. */
import type { ComponentContext } from '../alloy/component.ts';
import { Controller } from '../alloy/controller.ts';
import type { Destination } from '../delivery/destination.ts';
import type { Labels } from '../labels/labels.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import type { PipelineEntry } from './components/spillway-receive.ts';
import { entryOf } from './components/spillway-receive.ts';
import type { LogsPlanResult } from './logs-plan.ts';
import { runLogsPlan } from './logs-plan.ts';
import { MetricsPlan } from './metrics-plan.ts';
import { sharedRegistry } from './registry.ts';
import type { LogEntry, LogStream, SourceMark } from './signals.ts';
import { asWriter } from './writer.ts';

export const testNowNs = BigInt(Date.UTC(2026, 0, 2)) * 1_000_000n;

export interface TestPipeline {
  readonly entry: PipelineEntry;
  readonly destinations: readonly Destination[];
  /** Loads other text into the same controller, as a reload does. */
  reload(text: string): void;
}

/** Throws an error that holds every diagnostic, one a line. */
export function loadPipeline(text: string): TestPipeline {
  const controller = new Controller<ComponentContext>({
    registry: sharedRegistry,
    side: 'edge',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged }),
    stdlib: { env: () => undefined, constants: {} },
  });
  const load = (source: string) => {
    const { ok, diagnostics } = controller.load([{ filename: 'test.alloy', text: source }]);
    if (!ok) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  };
  load(text);
  const components = controller.components().flatMap(({ component }) => (component === undefined ? [] : [component]));
  const entries = components.map(entryOf).filter((entry) => entry !== undefined);
  return {
    entry: {
      metrics: entries.flatMap(({ metrics }) => metrics),
      logs: entries.flatMap(({ logs }) => logs),
      traces: entries.flatMap(({ traces }) => traces),
      profiles: entries.flatMap(({ profiles }) => profiles),
      otlpMetrics: entries.flatMap(({ otlpMetrics }) => otlpMetrics),
      otlpLogs: entries.flatMap(({ otlpLogs }) => otlpLogs),
    },
    destinations: components.flatMap((component) => asWriter(component)?.destinations() ?? []),
    reload: load,
  };
}

export type TestSeries = Readonly<Record<string, string>>;

/** Series in, one sample each; out come the labels that each destination gets. */
export function runSeries(text: string, ...series: TestSeries[]): Record<string, TestSeries[]> {
  const { entry } = loadPipeline(text);
  const builder = new WriteRequestBuilder();
  for (const labels of series) builder.addSample(encodeLabelBlock(labelsFromRecord(labels)), 1, 1000);
  const plan = new MetricsPlan(() => entry.metrics, { maxMemoBytes: 100_000, validate: true });
  const { outputs } = plan.run({ body: builder.take() });
  return Object.fromEntries(
    outputs.map(({ destination, body }) => [
      destination.id,
      decodeWriteRequest(body).series.map((one) => toRecord(one.labels)),
    ]),
  );
}

export interface TestLine {
  readonly labels?: TestSeries;
  readonly line: string;
  readonly timestampNs?: bigint;
  readonly metadata?: TestSeries;
}

export function streamsOf(lines: readonly TestLine[]): LogStream[] {
  return lines.map(({ labels = { job: 'test' }, line, timestampNs = testNowNs, metadata = {} }) => ({
    labels: labelsFromRecord(labels),
    entries: [{ timestampNs, line, metadata: labelsFromRecord(metadata) }],
  }));
}

/** The stages in the text are put into a `loki.process` in front of a `loki.write`. */
export function processPipeline(stages: string): TestPipeline {
  return loadPipeline(processText(stages));
}

export function processText(stages: string): string {
  return `
    spillway.receive "in" { logs = [loki.process.p.receiver] }
    loki.process "p" {
      forward_to = [loki.write.out.receiver]
      ${stages}
    }
    loki.write "out" {
      endpoint { url = "https://loki.example/loki/api/v1/push" }
    }`;
}

export function runLines(
  pipeline: TestPipeline,
  lines: readonly TestLine[],
  marks: readonly SourceMark[] = [],
  nowNs = testNowNs,
): LogsPlanResult {
  return runLogsPlan(pipeline.entry.logs, { signal: 'logs', streams: streamsOf(lines), marks }, nowNs);
}

export interface OutLine {
  readonly labels: TestSeries;
  readonly line: string;
  readonly timestampNs: bigint;
  readonly metadata: TestSeries;
}

export function outLines(result: LogsPlanResult): OutLine[] {
  return result.outputs.flatMap(({ batch }) =>
    batch.streams.flatMap(({ labels, entries }) => entries.map((entry) => outLine(labels, entry))),
  );
}

function outLine(labels: Labels, { line, timestampNs, metadata }: LogEntry): OutLine {
  return { labels: toRecord(labels), line, timestampNs, metadata: toRecord(metadata) };
}

function toRecord(labels: Labels): TestSeries {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]));
}
