/** Credentials and headers of an HTTP client's arguments, made where all outbound headers are made. */
import { buildRequest } from '../../core/delivery/request.ts';
import { type HttpClientArguments, resolveHttpClient } from '../../core/pipeline/http-client-blocks.ts';

/** Throws ArgumentError for what makes no sense or is not supported. `path` is the block, "" for the component. */
export function clientHeaders(args: HttpClientArguments, path = ''): readonly (readonly [string, string])[] {
  const { auth, secretHeaders } = resolveHttpClient(args, path);
  const destination = {
    id: '',
    componentId: '',
    signal: 'metrics',
    protocol: 'otlp_http',
    url: '',
    headers: {},
    secretHeaders,
    auth,
    timeoutMs: 0,
    retry: { minBackoffMs: 0, maxBackoffMs: 0, retryOnHttp429: false, maxAgeMs: 0 },
    batch: { maxItems: 0, maxBytes: 0, maxWaitMs: 0 },
  } as const;
  const payload = {
    signal: 'metrics',
    contentType: '',
    contentEncoding: '',
    body: new Uint8Array(0),
    items: 0,
  } as const;
  const own = new Set(['content-type', 'user-agent']);
  const { headers } = buildRequest(destination, payload, { attempt: 0, userAgent: '' });
  return headers.filter(([name]) => !own.has(name.toLowerCase()));
}
