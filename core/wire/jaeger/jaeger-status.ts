/**
 * The status of a Jaeger span, which has no field for it: the tag `error` is the last word, then `otel.status_code`, then
 * the HTTP status by OpenTelemetry's rule for it. As in the collector, tags that became the status are taken out.
 */
import { type Attributes, SPAN_KIND, STATUS_CODE } from '../otlp/traces-encode.ts';
import { takeText } from '../span-translation.ts';

const UNSET = { code: STATUS_CODE.unset, message: '' };

export function jaegerStatus(attributes: Attributes, kind: number): { code: number; message: string } {
  const coded = takeText(attributes, 'otel.status_code');
  if (isTrue(attributes.get('error'))) {
    attributes.delete('error');
    return {
      code: STATUS_CODE.error,
      message: takeText(attributes, 'otel.status_description') ?? httpText(attributes),
    };
  }
  if (coded !== undefined) {
    const message = takeText(attributes, 'otel.status_description') ?? '';
    switch (coded.toUpperCase()) {
      case 'OK':
        return { code: STATUS_CODE.ok, message };
      case 'ERROR':
        return { code: STATUS_CODE.error, message };
      default:
        return { code: STATUS_CODE.unset, message };
    }
  }
  const httpStatus = integer(attributes.get('http.status_code'));
  if (httpStatus === undefined || !isHttpError(httpStatus, kind)) return UNSET;
  return { code: STATUS_CODE.error, message: httpText(attributes) };
}

/** OpenTracing says a boolean; some clients send the word. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

/** 4xx is the caller's fault: an error for every kind but the server that answered it. */
function isHttpError(status: bigint, kind: number): boolean {
  if (status >= 400n && status < 500n) return kind !== SPAN_KIND.server;
  return status < 100n || status >= 500n;
}

function httpText(attributes: Attributes): string {
  const text = attributes.get('http.status_message');
  return typeof text === 'string' ? text : '';
}

function integer(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? BigInt(value) : undefined;
}
