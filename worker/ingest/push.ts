/**
 * One push of one signal: authenticate, negotiate (415), read and decode within limits (413, 400), admit (429), then
 * pipeline and delivery. The order is a promise: nothing of a body is touched before its sender is known.
 */
import type { Failure, Outcome } from '../../core/outcome.ts';
import { authenticate, requireScope, writeScopes } from '../auth/authenticate.ts';
import { MAX_DECOMPRESSED_BYTES } from '../compression.ts';
import type { Env } from '../env.ts';
import { type Admission, admit, standingRefusal } from '../hub/lease-cache.ts';
import { TenantReport } from '../hub/report-buffer.ts';
import { count } from '../telemetry/counters.ts';
import type { TokenRecord } from '../tenants/tenant.ts';
import { MAX_BODY_BYTES, readBody } from './body.ts';
import type { PushContext } from './context.ts';
import { toFailure } from './decode-failure.ts';
import { formatHeaders } from './format.ts';
import { processBatch } from './process.ts';
import type { DecodeContext, Decoded, PushProtocol } from './protocol.ts';
import { rejectedItems } from './result.ts';

export async function handlePush(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  protocol: PushProtocol,
): Promise<Response> {
  const response = await push(request, env, ctx, protocol);
  const { signal, name } = protocol;
  count('spillway_push_responses_total', 1, { signal, protocol: name, status: String(response.status) });
  return response;
}

async function push(request: Request, env: Env, ctx: ExecutionContext, protocol: PushProtocol): Promise<Response> {
  const { signal } = protocol;
  const headers = formatHeaders(request.headers);
  const responder = protocol.responder(headers);
  const token = await authenticate(request.headers, env.DB, Date.now());
  if (!token.ok) return responder.failure(token);
  const allowed = requireScope(token.value, writeScopes(signal));
  if (!allowed.ok) return responder.failure(allowed);
  const context = pushContext(request, env, ctx, token.value);
  const fail = (failure: Failure) => {
    context.report.error(failure.reason, failure.message);
    return responder.failure(failure);
  };

  const format = protocol.negotiate(headers);
  if (!format.ok) return fail(format);
  const standing = standingRefusal(context.tenant, signal);
  if (!standing.ok) return responder.failure(standing);
  let decoded: Decoded;
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    count('spillway_received_bytes_total', body.byteLength, { signal });
    decoded = await protocol.decode(body, format.value, decodeContext(request, MAX_DECOMPRESSED_BYTES));
  } catch (error) {
    return fail(toFailure(error));
  }
  const admission = await admitPush(env, context.tenant, decoded);
  if (!admission.ok) return fail(admission);
  const result = await processBatch(context, admission.value, decoded);
  if (result.failure !== undefined) return responder.failure(result.failure, result);
  return rejectedItems(result) > 0 ? responder.partial(result) : responder.success(result);
}

export function decodeContext(request: Request, maxBytes: number): DecodeContext {
  return { maxBytes, url: new URL(request.url), method: request.method, nowMs: Date.now() };
}

/** Counting the items may be the first look into the body. */
async function admitPush(env: Env, tenant: string, { batch, items }: Decoded): Promise<Outcome<Admission>> {
  try {
    return await admit(env, tenant, { [batch.signal]: items });
  } catch (error) {
    return toFailure(error);
  }
}

function pushContext(request: Request, env: Env, ctx: ExecutionContext, token: TokenRecord): PushContext {
  const report = new TenantReport(env, ctx, token.tenant);
  const userAgent = (request.headers.get('user-agent') ?? '').slice(0, 100);
  report.sawAgent({ id: `token:${token.name}`, kind: 'client', atMs: Date.now(), userAgent, tokenName: token.name });
  return { env, ctx, tenant: token.tenant, token, report };
}
