/**
 * `GET /api/v1/received`: what has arrived with the caller's token, so that an installation can show that it works. Says
 * nothing of other tokens' senders, and nothing to a token that may not push.
 */
import { failure } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import { authenticate, requireScope, writeScopes } from '../auth/authenticate.ts';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION, type HubOverview } from '../hub/messages.ts';
import { textFailure } from '../ingest/respond.ts';
import { errorText, log } from '../telemetry/log.ts';

const SIGNALS: readonly Signal[] = ['metrics', 'logs', 'traces', 'profiles'];

/** A script asks every other second; whoever asks more often is answered from here. */
const REMEMBERED_MS = 1_000;
const MAX_REMEMBERED = 200;
const RETRY_AFTER_SECONDS = 5;

/** Values, not promises: what one request waits for is no other request's to wait for. */
const remembered = new Map<string, { readonly atMs: number; readonly overview: HubOverview }>();

export async function received(request: Request, env: Env): Promise<Response> {
  const nowMs = Date.now();
  const token = await authenticate(request, env, nowMs);
  if (!token.ok) return textFailure(token);
  const allowed = requireScope(token.value, [...new Set(SIGNALS.flatMap(writeScopes))]);
  if (!allowed.ok) return textFailure(allowed);
  const { tenant, name, scopes } = token.value;
  let overview: HubOverview;
  try {
    overview = await overviewOf(env, tenant, nowMs);
  } catch (error) {
    log('warn', 'hub_unavailable', { tenant, error: errorText(error) });
    return textFailure(failure('internal', 'What arrived cannot be told at the moment.', RETRY_AFTER_SECONDS));
  }
  const agents = overview.agents
    .filter(({ tokenName }) => tokenName === name)
    .map(({ id, lastTakenAtMs }) => ({ id, lastTakenAtMs }));
  const signals = Object.fromEntries(
    SIGNALS.map((signal) => [signal, { acceptedTotal: overview.signals[signal].acceptedTotal }]),
  );
  return Response.json({ tenant, tokenName: name, scopes, nowMs, agents, signals }, { headers: NO_STORE });
}

const NO_STORE = { 'Cache-Control': 'no-store' };

async function overviewOf(env: Env, tenant: string, nowMs: number): Promise<HubOverview> {
  const known = remembered.get(tenant);
  if (known !== undefined && nowMs - known.atMs < REMEMBERED_MS && nowMs >= known.atMs) return known.overview;
  const overview = await tenantHub(env, tenant).overview({ v: HUB_VERSION });
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(tenant, { atMs: nowMs, overview });
  return overview;
}
