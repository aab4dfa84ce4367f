/** OTLP over HTTP, logs: protobuf or JSON. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from '../../../core/wire/otlp/logs.ts';
import { decompress } from '../decompress.ts';
import { negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { otlpResponder } from '../respond.ts';
import { asItCame, OTLP_FORMATS } from './otlp-formats.ts';

export const otlpLogs: PushProtocol = {
  name: 'otlp_logs',
  signal: 'logs',
  unit: 'log records',
  routes: ['/otlp/v1/logs', '/v1/logs'].map((path) => ({ method: 'POST', path })),
  negotiate: (headers) => negotiate(headers, OTLP_FORMATS),
  async decode(received, format, { maxBytes }) {
    const bytes = await decompress(received, format, maxBytes);
    const body = format.kind === 'json' ? otlpLogsJsonToProtobuf(decodeUtf8(bytes)) : bytes;
    const records = countLogRecords(body);
    return {
      batch: { signal: 'logs', encoding: 'otlp', body, records },
      items: () => records,
      bytes: bytes.length,
      ...asItCame(received, format),
    };
  },
  responder: (headers) => otlpResponder('logs', 'log records', headers),
};
