/** The messages of an OTLP metrics export. */
import type { MessageShape } from '../message-shape.ts';
import {
  keyValue,
  many,
  type OtlpField,
  type OtlpMessage,
  one,
  resource,
  type ScalarType,
  scope,
  shapeOf,
} from './schema.ts';

const numbers = (number: number, type: ScalarType): OtlpField => ({ number, type, repeated: true });

const exemplar: OtlpMessage = {
  timeUnixNano: one(2, 'fixed64'),
  asDouble: one(3, 'double'),
  asInt: one(6, 'sfixed64'),
  spanId: one(4, { id: 'span id of an exemplar', sizes: [0, 8] }),
  traceId: one(5, { id: 'trace id of an exemplar', sizes: [0, 16] }),
  filteredAttributes: many(7, () => keyValue),
};
const numberDataPoint: OtlpMessage = {
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  asDouble: one(4, 'double'),
  asInt: one(6, 'sfixed64'),
  exemplars: many(5, () => exemplar),
  attributes: many(7, () => keyValue),
  flags: one(8, 'uint32'),
};
const histogramDataPoint: OtlpMessage = {
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  bucketCounts: numbers(6, 'fixed64'),
  explicitBounds: numbers(7, 'double'),
  exemplars: many(8, () => exemplar),
  attributes: many(9, () => keyValue),
  flags: one(10, 'uint32'),
  min: one(11, 'double'),
  max: one(12, 'double'),
};
const buckets: OtlpMessage = { offset: one(1, 'sint32'), bucketCounts: numbers(2, 'uint64') };
const exponentialHistogramDataPoint: OtlpMessage = {
  attributes: many(1, () => keyValue),
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  scale: one(6, 'sint32'),
  zeroCount: one(7, 'fixed64'),
  positive: one(8, { message: () => buckets }),
  negative: one(9, { message: () => buckets }),
  flags: one(10, 'uint32'),
  exemplars: many(11, () => exemplar),
  min: one(12, 'double'),
  max: one(13, 'double'),
  zeroThreshold: one(14, 'double'),
};
const quantileValue: OtlpMessage = { quantile: one(1, 'double'), value: one(2, 'double') };
const summaryDataPoint: OtlpMessage = {
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  quantileValues: many(6, () => quantileValue),
  attributes: many(7, () => keyValue),
  flags: one(8, 'uint32'),
};

const aggregationTemporality = one(2, {
  names: {
    AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
    AGGREGATION_TEMPORALITY_DELTA: 1,
    AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
  },
});
const gauge: OtlpMessage = { dataPoints: many(1, () => numberDataPoint) };
const sum: OtlpMessage = {
  dataPoints: many(1, () => numberDataPoint),
  aggregationTemporality,
  isMonotonic: one(3, 'bool'),
};
const histogram: OtlpMessage = { dataPoints: many(1, () => histogramDataPoint), aggregationTemporality };
const exponentialHistogram: OtlpMessage = {
  dataPoints: many(1, () => exponentialHistogramDataPoint),
  aggregationTemporality,
};
const summary: OtlpMessage = { dataPoints: many(1, () => summaryDataPoint) };
const metric: OtlpMessage = {
  name: one(1, 'string'),
  description: one(2, 'string'),
  unit: one(3, 'string'),
  gauge: one(5, { message: () => gauge }),
  sum: one(7, { message: () => sum }),
  histogram: one(9, { message: () => histogram }),
  exponentialHistogram: one(10, { message: () => exponentialHistogram }),
  summary: one(11, { message: () => summary }),
  metadata: many(12, () => keyValue),
};
const scopeMetrics: OtlpMessage = {
  scope: one(1, { message: () => scope }),
  metrics: many(2, () => metric),
  schemaUrl: one(3, 'string'),
};
const resourceMetrics: OtlpMessage = {
  resource: one(1, { message: () => resource }),
  scopeMetrics: many(2, () => scopeMetrics),
  schemaUrl: one(3, 'string'),
};

export const metricsRequest: OtlpMessage = { resourceMetrics: many(1, () => resourceMetrics) };

export const metricShape: MessageShape = shapeOf(metric);

/** Fields of a Metric that hold data points, each as its field 1. */
export const DATA_FIELDS = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const;
