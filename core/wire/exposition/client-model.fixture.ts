/** Exposition in protobuf made by protobufjs from client_model's own schema: an independent encoder for tests. */
import protobuf from 'protobufjs';

const { root } = protobuf.parse(
  `
syntax = "proto3";
package io.prometheus.client;
message LabelPair { string name = 1; string value = 2; }
enum MetricType { COUNTER = 0; GAUGE = 1; SUMMARY = 2; UNTYPED = 3; HISTOGRAM = 4; GAUGE_HISTOGRAM = 5; }
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Gauge { double value = 1; }
message Counter { double value = 1; Exemplar exemplar = 2; Timestamp created_timestamp = 3; }
message Quantile { double quantile = 1; double value = 2; }
message Summary { uint64 sample_count = 1; double sample_sum = 2; repeated Quantile quantile = 3; Timestamp created_timestamp = 4; }
message Untyped { double value = 1; }
message Histogram {
  uint64 sample_count = 1; double sample_count_float = 4; double sample_sum = 2; repeated Bucket bucket = 3;
  Timestamp created_timestamp = 15; sint32 schema = 5; double zero_threshold = 6; uint64 zero_count = 7;
  double zero_count_float = 8; repeated BucketSpan negative_span = 9; repeated sint64 negative_delta = 10;
  repeated double negative_count = 11; repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13;
  repeated double positive_count = 14; repeated Exemplar exemplars = 16;
}
message Bucket { uint64 cumulative_count = 1; double cumulative_count_float = 4; double upper_bound = 2; Exemplar exemplar = 3; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Exemplar { repeated LabelPair label = 1; double value = 2; Timestamp timestamp = 3; }
message Metric {
  repeated LabelPair label = 1; Gauge gauge = 2; Counter counter = 3; Summary summary = 4; Untyped untyped = 5;
  Histogram histogram = 7; int64 timestamp_ms = 6;
}
message MetricFamily { string name = 1; string help = 2; MetricType type = 3; repeated Metric metric = 4; string unit = 5; }
`,
  { keepCase: true },
);

const MetricFamily = root.lookupType('io.prometheus.client.MetricFamily');

/** Each family as a delimited message, in order. */
export function protobufExposition(families: readonly object[]): Uint8Array {
  const parts = families.map((family) => MetricFamily.encodeDelimited(MetricFamily.fromObject(family)).finish());
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
