/** OTLP over HTTP, metrics: protobuf or JSON. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from '../../../core/wire/otlp/metrics.ts';
import { decompress } from '../decompress.ts';
import { negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { otlpResponder } from '../respond.ts';
import { asItCame, OTLP_FORMATS } from './otlp-formats.ts';

export const otlpMetrics: PushProtocol = {
  name: 'otlp_metrics',
  signal: 'metrics',
  unit: 'data points',
  routes: ['/otlp/v1/metrics', '/v1/metrics'].map((path) => ({ method: 'POST', path })),
  negotiate: (headers) => negotiate(headers, OTLP_FORMATS),
  async decode(received, format, { maxBytes }) {
    const bytes = await decompress(received, format, maxBytes);
    const body = format.kind === 'json' ? otlpMetricsJsonToProtobuf(decodeUtf8(bytes)) : bytes;
    const dataPoints = countDataPoints(body);
    return {
      batch: { signal: 'metrics', encoding: 'otlp', body, dataPoints },
      items: () => dataPoints,
      bytes: bytes.length,
      ...asItCame(received, format),
    };
  },
  responder: (headers) => otlpResponder('metrics', 'data points', headers),
};
