/**
 * Influx line protocol, where Mimir listens for it. Errors are the JSON of InfluxDB (`code` and `message` of 2.x, `error`
 * of 1.x), because clients parse it. A line that is not right costs that line; a text field costs nothing but itself.
 */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { OutcomeError, outcomeStatus } from '../../../core/outcome.ts';
import { influxToWriteRequest } from '../../../core/wire/influx/write.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { type Responder, retryHeaders } from '../respond.ts';
import { describeRejections, type PushResult, type Rejection } from '../result.ts';

/** Text becomes series, each larger than its line. */
const MAX_LINES_BYTES = 16 * 1024 * 1024;
const MAX_SERIES_BYTES = 32 * 1024 * 1024;
const LINES: Accepted = { kind: 'text', types: [''], encodings: ['', 'identity', 'gzip'] };

export const influx: PushProtocol = {
  name: 'influx',
  signal: 'metrics',
  unit: 'samples',
  routes: [{ method: 'POST', path: '/api/v1/push/influx/write' }],
  // Of any type, as in InfluxDB: clients send text/plain, form data or nothing.
  negotiate: ({ contentEncoding }) => negotiate({ contentType: '', contentEncoding }, [LINES]),
  async decode(compressed, format, { maxBytes, url, nowMs }) {
    const limit = Math.min(maxBytes, MAX_LINES_BYTES);
    const bytes = await decompress(compressed, format, limit);
    if (bytes.length > limit) throw new OutcomeError('body_too_large', `the body is larger than ${limit} bytes`);
    const precision = url.searchParams.get('precision') ?? '';
    const write = influxToWriteRequest(decodeUtf8(bytes), { precision, nowMs, maxBytes: MAX_SERIES_BYTES });
    const rejections: Rejection[] = [];
    const { badLines, textFields } = write;
    if (badLines.count > 0) {
      const more = badLines.count > badLines.problems.length ? '; and others' : '';
      const example = `${badLines.problems.join('; ')}${more}`;
      rejections.push({ reason: 'malformed_line', items: badLines.count, example });
    }
    if (textFields.count > 0) {
      rejections.push({ reason: 'string_field', items: textFields.count, example: textFields.example });
    }
    const items = write.samples + badLines.count + textFields.count;
    return { batch: { signal: 'metrics', body: write.body }, items: () => items, bytes: bytes.length, rejections };
  },
  responder: () => influxResponder,
};

const influxResponder: Responder = {
  success: () => accepted(),
  // Telegraf has text fields in every batch, and drops a batch that got a 4xx with an error in its log.
  partial: (result) => (hasErrors(result) ? partialWrite(result) : accepted()),
  failure: (failure) => jsonError(outcomeStatus(failure.reason), failure.message, retryHeaders(failure)),
};

function accepted(): Response {
  return new Response(null, { status: 204 });
}

function hasErrors({ rejections }: PushResult): boolean {
  return rejections.some(({ reason }) => reason !== 'string_field');
}

function partialWrite(result: PushResult): Response {
  return jsonError(400, `partial write: ${describeRejections(result, 'samples')}`);
}

function jsonError(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ code: errorCode(status), message, error: message }, { status, headers });
}

/** The words of InfluxDB 2's API. */
function errorCode(status: number): string {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 413:
      return 'request too large';
    case 429:
      return 'too many requests';
    case 503:
      return 'unavailable';
    default:
      return 'invalid';
  }
}
