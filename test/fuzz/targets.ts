/**
 * Everything that reads what comes from outside: bodies of pushes and scrapes, pages of other agents, and the texts that
 * tenants write. A target may refuse an input only by an error that its caller expects.
 */

import { parseRelabelYaml, RelabelYamlError } from '../../cli/relabel/yaml-rules.ts';
import { checkConfig } from '../../core/alloy/check.ts';
import { parseDuration } from '../../core/alloy/duration.ts';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { formatFile } from '../../core/alloy/printer.ts';
import { parseSize } from '../../core/alloy/size.ts';
import { encodingFunctions } from '../../core/alloy/stdlib/encoding.ts';
import { CallError, ValueError } from '../../core/alloy/value-error.ts';
import { decodeUtf8 } from '../../core/bytes/utf8.ts';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { isSnappyStream, snappyStreamDecode } from '../../core/codec/snappy-stream.ts';
import { LabelsBuilder } from '../../core/labels/labels.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { compileGoTemplate, TemplateError } from '../../core/pipeline/gotemplate/template.ts';
import { compileTimeFormat } from '../../core/pipeline/gotime/parse.ts';
import { compileJmesPath, JmesPathError } from '../../core/pipeline/jmespath/jmespath.ts';
import { parseSelector, SelectorError } from '../../core/pipeline/logql/selector.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { compileTemplate, expandTemplate } from '../../core/regex/expand.ts';
import { compileRegex, EDGE_REGEX_LIMITS, RegexError } from '../../core/regex/re2.ts';
import { withWorkBudget } from '../../core/regex/work.ts';
import { compileRelabelRules, RelabelConfigError } from '../../core/relabel/compile.ts';
import { applyRelabelRules } from '../../core/relabel/relabel.ts';
import {
  ExpositionError,
  type ExpositionSink,
  parseExposition,
  seriesLabels,
} from '../../core/wire/exposition/exposition.ts';
import { parseProtobufExposition } from '../../core/wire/exposition/protobuf.ts';
import { influxToWriteRequest } from '../../core/wire/influx/write.ts';
import { jaegerThriftToOtlp } from '../../core/wire/jaeger/jaeger-thrift.ts';
import { parseLabelsText } from '../../core/wire/labels-text.ts';
import { decodeLokiPush, decodeLokiPushJson, encodeLokiPush } from '../../core/wire/loki/push.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from '../../core/wire/otlp/logs.ts';
import { decodeLogs } from '../../core/wire/otlp/logs-decode.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from '../../core/wire/otlp/metrics.ts';
import { decodeMetrics } from '../../core/wire/otlp/metrics-decode.ts';
import { convertLogs } from '../../core/wire/otlp/to-loki.ts';
import { convertMetrics } from '../../core/wire/otlp/to-series.ts';
import { countSpans, decodeTraces, otlpTracesJsonToProtobuf } from '../../core/wire/otlp/traces.ts';
import { parseGroupingKey } from '../../core/wire/pushgateway/grouping-key.ts';
import { pushOfProtobuf } from '../../core/wire/pushgateway/protobuf.ts';
import { pushOfText } from '../../core/wire/pushgateway/pushgateway.ts';
import { decodePyroscopeIngest } from '../../core/wire/pyroscope/ingest.ts';
import { decodePyroscopePush } from '../../core/wire/pyroscope/push.ts';
import { decodePyroscopePushJson } from '../../core/wire/pyroscope/push-json.ts';
import { stripExtensions } from '../../core/wire/remote-write/extensions.ts';
import {
  countWriteRequest,
  decodeLabelBlock,
  decodeWriteRequest,
  splitWriteRequest,
} from '../../core/wire/remote-write/v1.ts';
import { decodeRemoteWrite2, encodeRemoteWrite2 } from '../../core/wire/remote-write/v2.ts';
import { decodeBatch, decodeBatchResponse } from '../../core/wire/spillway-batch.ts';
import { zipkinJsonToOtlp } from '../../core/wire/zipkin/json.ts';
import { zipkinProtobufToOtlp } from '../../core/wire/zipkin/protobuf.ts';
import { gunzipBounded, inflateBounded, unzstdBounded } from '../../worker/compression.ts';

export interface FuzzTarget {
  /** Also the folder of its corpus. */
  readonly name: string;
  readonly format: 'protobuf' | 'json' | 'text' | 'binary';
  /** Throws what `refuses` knows, or nothing. */
  readonly run: (bytes: Uint8Array) => unknown;
  readonly refuses?: (error: unknown) => boolean;
  /** Mistakes are part of the result. */
  readonly refusesNothing?: true;
  /** Its messages go to the person who wrote the text, and may quote it. */
  readonly quotes?: true;
  /** Read once, when a person saves it, by a library that takes its time: a second, and no look at how it grows. */
  readonly patient?: true;
}

/** What a small body may become; the gateway allows more. */
const MAX_BYTES = 1024 * 1024;
const NOW_MS = 1_767_225_600_000;
const GROUPING = new Map([['job', 'j']]);
const PUSH = { nowMs: NOW_MS, maxBytes: MAX_BYTES };

const text = (read: (text: string) => unknown) => (bytes: Uint8Array) => read(new TextDecoder().decode(bytes));
/** As the gateway reads JSON: bytes that are not UTF-8 are refused before. */
const strictText = (read: (text: string) => unknown) => (bytes: Uint8Array) => read(decodeUtf8(bytes));
const oneOf =
  (...errors: readonly (new (...args: never[]) => Error)[]) =>
  (error: unknown) =>
    errors.some((known) => error instanceof known);

const expositionSink: ExpositionSink = {
  sample: () => {},
};

function readExposition(bytes: Uint8Array, format: 'text' | 'openmetrics'): void {
  parseExposition(bytes, format, { sample: (start, end) => void seriesLabels(bytes, start, end) });
  parseExposition(bytes, format, expositionSink);
}

/** Parsed, checked with every component of the edge, formatted, and reported. */
function readAlloy(source: string): void {
  const sources = [{ filename: 'f', text: source }];
  const diagnostics = checkConfig(sources, sharedRegistry, 'edge', { minStability: 'experimental' });
  formatDiagnostics(diagnostics, sources);
  formatFile(source);
}

/** The first line is the pattern, the second the replacement, the rest what they meet. */
function readRegex(source: string): void {
  const [pattern = '', replacement = '', ...texts] = source.split('\n');
  for (const anchored of [true, false]) {
    const regex = compileRegex(pattern, { anchored, ...EDGE_REGEX_LIMITS });
    const template = compileTemplate(replacement, regex);
    for (const each of texts) {
      for (const match of regex.matchAll(each)) expandTemplate(template, match, MAX_BYTES);
    }
  }
}

const relabelled = parseLabelsText('{__name__="up", job="node", instance="10.0.0.1:9100", m_a="x", m_b="Y-z-1"}');

function readRelabel(source: string): void {
  const rules = compileRelabelRules(parseRelabelYaml(source), EDGE_REGEX_LIMITS);
  withWorkBudget(EDGE_REGEX_LIMITS.maxWorkPerBatch, () => applyRelabelRules(rules, new LabelsBuilder(relabelled)));
}

const fromYaml = encodingFunctions.find(({ name }) => name === 'encoding.from_yaml');

function readYaml(source: string): void {
  fromYaml?.call([source]);
}

function readTemplate(source: string): void {
  const data = new Map(Object.entries({ Value: 'x1', Entry: 'a line', level: 'info' }));
  compileGoTemplate(source, EDGE_REGEX_LIMITS).execute(data);
}

function readJmesPath(source: string): void {
  compileJmesPath(source).search({ a: { b: [1, 2, { c: 'x' }], d: null }, level: 'info', n: 1.5 });
}

/** What a decoder says about its result is true of the result. */
function checkSpans({ body, spans }: { readonly body: Uint8Array; readonly spans: number }): void {
  if (countSpans(body) !== spans) throw new Error(`${spans} spans were told, ${countSpans(body)} are there`);
}

function checkSamples({ body, samples }: { readonly body: Uint8Array; readonly samples: number }): void {
  const there = countWriteRequest(body).samples;
  if (there !== samples) throw new Error(`${samples} samples were told, ${there} are there`);
}

function checkParts(bytes: Uint8Array): void {
  const { series, samples } = countWriteRequest(bytes);
  const parts = splitWriteRequest(bytes, 1).map(({ body }) => countWriteRequest(body));
  const sum = (count: (part: (typeof parts)[number]) => number) => parts.reduce((all, part) => all + count(part), 0);
  if (sum((part) => part.series) !== series || sum((part) => part.samples) !== samples) {
    throw new Error('the parts of a request do not hold what the request holds');
  }
}

function writtenBody(bytes: Uint8Array): Uint8Array {
  const { body } = decodeRemoteWrite2(bytes, MAX_BYTES);
  countWriteRequest(body);
  return stripExtensions(body);
}

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: 'snappy',
    format: 'binary',
    run: (bytes) => {
      // What was unpacked can be packed and unpacked again.
      const whole = snappyDecode(bytes, MAX_BYTES);
      if (snappyDecode(snappyEncode(whole), MAX_BYTES).length !== whole.length) throw new Error('not what was packed');
    },
  },
  {
    name: 'snappy-stream',
    format: 'binary',
    run: (bytes) => {
      isSnappyStream(bytes);
      snappyStreamDecode(bytes, MAX_BYTES);
    },
  },
  { name: 'gzip', format: 'binary', run: (bytes) => gunzipBounded(bytes, MAX_BYTES) },
  { name: 'deflate', format: 'binary', run: (bytes) => inflateBounded(bytes, MAX_BYTES) },
  { name: 'zstd', format: 'binary', run: (bytes) => unzstdBounded(bytes, MAX_BYTES) },
  {
    name: 'remote-write-1',
    format: 'protobuf',
    run: (bytes) => {
      checkParts(bytes);
      encodeRemoteWrite2(bytes, { extended: false });
      decodeWriteRequest(bytes);
    },
  },
  { name: 'label-block', format: 'protobuf', run: (bytes) => decodeLabelBlock(bytes) },
  { name: 'remote-write-2', format: 'protobuf', run: writtenBody },
  { name: 'loki-protobuf', format: 'protobuf', run: (bytes) => encodeLokiPush(decodeLokiPush(bytes)) },
  { name: 'loki-json', format: 'json', run: strictText((source) => encodeLokiPush(decodeLokiPushJson(source))) },
  { name: 'labels-text', format: 'text', run: text(parseLabelsText) },
  {
    name: 'otlp-traces',
    format: 'protobuf',
    run: (bytes) => {
      checkSpans({ body: bytes, spans: decodeTraces(bytes).reduce((sum, { spans }) => sum + spans.length, 0) });
    },
  },
  {
    name: 'otlp-traces-json',
    format: 'json',
    run: strictText((source) => countSpans(otlpTracesJsonToProtobuf(source))),
  },
  {
    name: 'otlp-metrics',
    format: 'protobuf',
    run: (bytes) => {
      countDataPoints(bytes);
      decodeMetrics(bytes);
      countWriteRequest(convertMetrics(bytes).body);
    },
  },
  {
    name: 'otlp-metrics-json',
    format: 'json',
    run: strictText((source) => countDataPoints(otlpMetricsJsonToProtobuf(source))),
  },
  {
    name: 'otlp-logs',
    format: 'protobuf',
    run: (bytes) => {
      countLogRecords(bytes);
      decodeLogs(bytes);
      encodeLokiPush(convertLogs(bytes, BigInt(NOW_MS)));
    },
  },
  {
    name: 'otlp-logs-json',
    format: 'json',
    run: strictText((source) => countLogRecords(otlpLogsJsonToProtobuf(source))),
  },
  {
    name: 'exposition-text',
    format: 'text',
    run: (bytes) => readExposition(bytes, 'text'),
    refuses: oneOf(ExpositionError),
  },
  {
    name: 'exposition-openmetrics',
    format: 'text',
    run: (bytes) => readExposition(bytes, 'openmetrics'),
    refuses: oneOf(ExpositionError),
  },
  {
    name: 'exposition-protobuf',
    format: 'protobuf',
    run: (bytes) => {
      const series = (each: Uint8Array) => seriesLabels(each, 0, each.length);
      parseProtobufExposition(bytes, { sample: series, histogram: series, exemplar: () => {}, classicToo: true });
    },
    // Labels are read when a series is met for the first time, by the reader of the text form.
    refuses: oneOf(ExpositionError, OutcomeError),
  },
  { name: 'zipkin-json', format: 'json', run: strictText((source) => checkSpans(zipkinJsonToOtlp(source))) },
  { name: 'zipkin-protobuf', format: 'protobuf', run: (bytes) => checkSpans(zipkinProtobufToOtlp(bytes)) },
  { name: 'jaeger-thrift-binary', format: 'binary', run: (bytes) => checkSpans(jaegerThriftToOtlp(bytes, 'binary')) },
  { name: 'jaeger-thrift-compact', format: 'binary', run: (bytes) => checkSpans(jaegerThriftToOtlp(bytes, 'compact')) },
  {
    name: 'influx',
    format: 'text',
    run: text((source) =>
      checkSamples(influxToWriteRequest(source, { precision: 'ns', nowMs: NOW_MS, maxBytes: MAX_BYTES })),
    ),
    refusesNothing: true,
  },
  { name: 'pushgateway-path', format: 'text', run: text(parseGroupingKey) },
  { name: 'pushgateway-text', format: 'text', run: (bytes) => checkSamples(pushOfText(bytes, GROUPING, PUSH)) },
  {
    name: 'pushgateway-protobuf',
    format: 'protobuf',
    run: (bytes) => checkSamples(pushOfProtobuf(bytes, GROUPING, PUSH)),
  },
  { name: 'pyroscope-push', format: 'protobuf', run: decodePyroscopePush },
  { name: 'pyroscope-push-json', format: 'json', run: strictText(decodePyroscopePushJson) },
  {
    name: 'pyroscope-ingest',
    format: 'text',
    run: text((query) => decodePyroscopeIngest(query, 'application/x-pprof', new Uint8Array())),
  },
  { name: 'spillway-batch', format: 'protobuf', run: decodeBatch },
  { name: 'spillway-batch-response', format: 'protobuf', run: decodeBatchResponse },
  { name: 'alloy', format: 'text', run: text(readAlloy), refuses: () => false, refusesNothing: true },
  { name: 'gotemplate', format: 'text', run: text(readTemplate), refuses: oneOf(TemplateError), quotes: true },
  { name: 'jmespath', format: 'text', run: text(readJmesPath), refuses: oneOf(JmesPathError), quotes: true },
  {
    name: 'logql-selector',
    format: 'text',
    run: text((source) => parseSelector(source, EDGE_REGEX_LIMITS)),
    refuses: oneOf(SelectorError),
    quotes: true,
  },
  { name: 'regex', format: 'text', run: text(readRegex), refuses: oneOf(RegexError), quotes: true },
  {
    name: 'relabel-yaml',
    format: 'text',
    run: text(readRelabel),
    refuses: oneOf(RelabelYamlError, RelabelConfigError, OutcomeError),
    quotes: true,
    patient: true,
  },
  { name: 'yaml', format: 'text', run: text(readYaml), refuses: oneOf(CallError), quotes: true, patient: true },
  { name: 'duration', format: 'text', run: text(parseDuration), refuses: oneOf(ValueError, CallError), quotes: true },
  { name: 'size', format: 'text', run: text(parseSize), refuses: oneOf(ValueError, CallError), quotes: true },
  {
    name: 'time-format',
    format: 'text',
    run: text((source) => {
      const [format = '', ...texts] = source.split('\n');
      const parse = compileTimeFormat(format);
      for (const each of texts) parse(each, 0n);
    }),
    refuses: () => false,
    refusesNothing: true,
  },
];

export function target(name: string): FuzzTarget {
  const found = TARGETS.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`no target ${name}; there are ${TARGETS.map((each) => each.name).join(', ')}`);
  return found;
}

export type Verdict = { readonly taken: true } | { readonly taken: false; readonly message: string };

/** Throws what the target must not throw. */
export async function judge(
  { run, refuses = oneOf(OutcomeError), quotes }: FuzzTarget,
  bytes: Uint8Array,
): Promise<Verdict> {
  try {
    await run(bytes);
    return { taken: true };
  } catch (error) {
    if (!refuses(error)) throw error;
    const { message } = error as Error;
    // It goes into answers and logs, so it must not be the input itself.
    if (message === '' || (message.length > 2000 && !quotes))
      throw new Error(`a message of ${message.length} characters`);
    return { taken: false, message };
  }
}
