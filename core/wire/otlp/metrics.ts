/**
 * OTLP metrics as bytes: the pipeline counts and forwards them as they are. `decodeMetrics` (otlp/metrics-decode.ts) makes
 * objects of them where they become series.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { checkMessage } from '../message-shape.ts';
import { otlpJsonToProtobuf } from './json.ts';
import { DATA_FIELDS, metricShape, metricsRequest } from './schema-metrics.ts';
import { countOtlpItems } from './walk.ts';

const DATA_TAGS: ReadonlySet<number> = new Set(Object.values(DATA_FIELDS).map((field) => field * 8 + 2));
const DATA_POINT_TAG = 0x0a;

/** Data points of an ExportMetricsServiceRequest. Throws malformed_protobuf or invalid_utf8 for one broken anywhere. */
export function countDataPoints(body: Uint8Array): number {
  return countOtlpItems(body, (metric) => {
    const { source, pos, end } = metric;
    checkMessage(metric, metricShape);
    return countPoints(new ByteReader(source, pos, end));
  });
}

/** The metric has been checked, so what is not looked into can be skipped. */
function countPoints(metric: ByteReader): number {
  let points = 0;
  while (!metric.done) {
    const tag = metric.tag();
    if (!DATA_TAGS.has(tag)) {
      metric.skip(tag & 7);
      continue;
    }
    const data = metric.message();
    while (!data.done) {
      const dataTag = data.tag();
      if (dataTag === DATA_POINT_TAG) points++;
      data.skip(dataTag & 7);
    }
  }
  return points;
}

/** OTLP/JSON of a metrics export to its protobuf form. Throws malformed_json. */
export function otlpMetricsJsonToProtobuf(text: string): Uint8Array<ArrayBuffer> {
  return otlpJsonToProtobuf(text, metricsRequest);
}
