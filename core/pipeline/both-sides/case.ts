/**
 * A case of the suite that runs on Node and inside workerd: a block as people write it, what goes in, and what comes out,
 * as lines of text. Nothing here may depend on a runtime.
 */

export type LabelSet = Readonly<Record<string, string>>;

export interface LineInput {
  readonly line: string;
  readonly labels?: LabelSet;
  readonly metadata?: LabelSet;
  /** Milliseconds after the time of the case. */
  readonly atMs?: number;
}

export interface BothSidesCase {
  /** The component or stage that it is about. */
  readonly of: string;
  /** What must hold, as a sentence. */
  readonly says: string;
  readonly config: string;
  /** The component whose receiver takes the input. */
  readonly enter: string;
  readonly input:
    | { readonly lines: readonly LineInput[] }
    | { readonly series: readonly (readonly [labels: LabelSet, value: number])[] }
    | { readonly spans: readonly string[] }
    /** Metrics of one scope of one resource, in OTLP's JSON. */
    | { readonly otlpMetrics: readonly object[] }
    /** Log records of one scope of one resource, in OTLP's JSON. */
    | { readonly otlpLogs: readonly object[] }
    /** Labels of a pushed series, or the query of a request to /ingest. */
    | { readonly profiles: readonly (LabelSet | string)[] };
  /** Also write out the requests that a destination gets. */
  readonly requests?: boolean;
  /** Only the gateway has the component; it behaves the same in either runtime. */
  readonly edgeOnly?: boolean;
  readonly expected: readonly string[];
}

const LOKI = `
loki.write "out" {
  endpoint { url = "https://loki.example/loki/api/v1/push" }
}`;

const MIMIR = `
prometheus.remote_write "out" {
  endpoint { url = "https://mimir.example/api/v1/push" }
}`;

const PYROSCOPE = `
pyroscope.write "out" {
  endpoint { url = "https://pyroscope.example" }
}`;

/** The stages stand in a `loki.process`; lines without labels of their own are of {job="app"}. */
export function stageCase(
  of: string,
  says: string,
  stages: string,
  lines: readonly (string | LineInput)[],
  expected: readonly string[],
): BothSidesCase {
  const config = `loki.process "x" {\nforward_to = [loki.write.out.receiver]\n${stages}\n}\n${LOKI}`;
  return { of, says, config, enter: 'loki.process.x', input: { lines: lines.map(toLine) }, expected };
}

/** `body`: of the block under test, a component of logs. */
export function logsCase(
  of: string,
  says: string,
  body: string,
  lines: readonly (string | LineInput)[],
  expected: readonly string[],
): BothSidesCase {
  const config = `${of} "x" {\nforward_to = [loki.write.out.receiver]\n${body}\n}\n${LOKI}`;
  return { of, says, config, enter: `${of}.x`, input: { lines: lines.map(toLine) }, expected };
}

/** `body`: of the block under test, a component of metrics. */
export function metricsCase(
  of: string,
  says: string,
  body: string,
  series: readonly (readonly [labels: LabelSet, value: number])[],
  expected: readonly string[],
): BothSidesCase {
  const config = `${of} "x" {\nforward_to = [prometheus.remote_write.out.receiver]\n${body}\n}\n${MIMIR}`;
  return { of, says, config, enter: `${of}.x`, input: { series }, expected };
}

/** `body`: of the block under test, a component of profiles. */
export function profilesCase(
  of: string,
  says: string,
  body: string,
  profiles: readonly (LabelSet | string)[],
  expected: readonly string[],
): BothSidesCase {
  const config = `${of} "x" {\nforward_to = [pyroscope.write.out.receiver]\n${body}\n}\n${PYROSCOPE}`;
  return { of, says, config, enter: `${of}.x`, input: { profiles }, expected };
}

/** `body`: of the writer under test; what counts are its requests. */
export function writerCase(
  of: string,
  says: string,
  body: string,
  input: BothSidesCase['input'],
  expected: readonly string[],
): BothSidesCase {
  return { of, says, config: `${of} "x" {\n${body}\n}`, enter: `${of}.x`, input, requests: true, expected };
}

function toLine(line: string | LineInput): LineInput {
  return typeof line === 'string' ? { line } : line;
}
