/**
 * One push of one signal: authenticate, negotiate (415), read and decode within limits (413, 400), admit (429), then
 * pipeline and delivery. The order is a promise: nothing of a body is touched before its sender is known.
 */
import type { Failure } from '../../core/outcome.ts';
import { authenticate, requireScope, writeScopes } from '../auth/authenticate.ts';
import type { Env } from '../env.ts';
import { knownLimits } from '../hub/lease-cache.ts';
import type { AgentSighting } from '../hub/messages.ts';
import { standingRefusal } from '../hub/refusals.ts';
import { TenantReport } from '../hub/report-buffer.ts';
import { count, countItems } from '../telemetry/counters.ts';
import type { TokenRecord } from '../tenants/tenant.ts';
import { admitDecoded, limitedToken } from './admission.ts';
import { readBody } from './body.ts';
import type { PushContext } from './context.ts';
import { toFailure } from './decode-failure.ts';
import { demandsOf } from './demands.ts';
import { type FormatHeaders, formatHeaders } from './format.ts';
import { processBatch } from './process.ts';
import type { DecodeContext, Decoded, PushProtocol } from './protocol.ts';

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
  const token = await authenticate(request, env, Date.now());
  if (!token.ok) return responder.failure(token);
  const context = pushContext(request, env, ctx, token.value);
  const fail = (failure: Failure) => {
    context.report.refused(signal, failure.reason, failure.message);
    return responder.failure(failure);
  };

  const allowed = requireScope(token.value, writeScopes(signal));
  if (!allowed.ok) return fail(allowed);
  const format = protocol.negotiate(headers);
  if (!format.ok) return fail(format);
  const standing = standingRefusal(context.tenant, signal, limitedToken(token.value));
  if (!standing.ok) return fail(standing);
  const { max_recv_msg_size: maxBodyBytes, max_decompressed_size: maxBytes } = knownLimits(context.tenant)[signal];
  let decoded: Decoded;
  try {
    const body = await readBody(request, maxBodyBytes);
    countItems('spillway_received_bytes_total', body.byteLength, signal);
    context.report.received(signal, body.byteLength);
    decoded = await protocol.decode(body, format.value, new RequestContext(request, headers, maxBytes));
  } catch (error) {
    return fail(toFailure(error));
  }
  const admission = await admitDecoded(context, [decoded], demandsOf(decoded));
  if (!admission.ok) return fail(admission);
  const result = await processBatch(context, admission.value, decoded);
  if (result.failure !== undefined) return responder.failure(result.failure, result);
  return result.rejections.length > 0 ? responder.partial(result) : responder.success(result);
}

class RequestContext implements DecodeContext {
  readonly maxBytes: number;
  readonly method: string;
  readonly contentType: string;
  readonly nowMs = Date.now();
  readonly #request: Request;

  constructor(request: Request, { contentType }: FormatHeaders, maxBytes: number) {
    this.maxBytes = maxBytes;
    this.method = request.method;
    this.contentType = contentType;
    this.#request = request;
  }

  /** Few protocols look at it, and parsing costs more than all the rest of this. */
  get url(): URL {
    return new URL(this.#request.url);
  }
}

function pushContext(request: Request, env: Env, ctx: ExecutionContext, token: TokenRecord): PushContext {
  const report = new TenantReport(env, ctx, token.tenant);
  const userAgent = (request.headers.get('user-agent') ?? '').slice(0, 100);
  const sighting: AgentSighting = {
    id: `token:${token.id}`,
    kind: 'client',
    atMs: Date.now(),
    userAgent,
    tokenName: token.name,
    tokenId: token.id,
  };
  report.sawAgent(sighting);
  return { env, ctx, tenant: token.tenant, token, report, sighting, comesAgain: false };
}
