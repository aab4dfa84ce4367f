/**
 * Who is this, and may they do that? Every kind of bad token gets the same answer, so that probing learns nothing; the
 * detailed reason is nobody's business but the operator's.
 */
import { failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import type { Scope, TokenRecord } from '../tenants/tenant.ts';
import { findToken } from '../tenants/tokens.ts';
import { within } from '../timeout.ts';
import { tokenFromHeaders } from './credentials.ts';
import { forgetAllFailures, guarded } from './guarded.ts';
import { parseToken, sameSecret, type TokenParts } from './token.ts';
import { TokenCache } from './token-cache.ts';

/** A slow database must not hold up a push whose token is known. */
const LOOKUP_TIMEOUT_MS = 3_000;
const RETRY_AFTER_SECONDS = 5;
/** Compared against when the id is unknown, so that known and unknown ids take the same time. */
const NO_HASH = '0'.repeat(64);

const cache = new TokenCache();

const UNAUTHENTICATED = failure(
  'unauthenticated',
  'No valid token. Send "Authorization: Bearer spw_…", or Basic with the token as password.',
);

export function authenticate(request: Request, env: Env, nowMs: number): Promise<Outcome<TokenRecord>> {
  const text = tokenFromHeaders(request.headers);
  // Nobody guesses by sending nothing.
  if (text === undefined) return Promise.resolve(UNAUTHENTICATED);
  const parts = parseToken(text);
  const isKnown = parts !== undefined && cache.knows(parts.id);
  return guarded(request, env, nowMs, { isKnown, run: async () => check(parts, env.DB, nowMs) });
}

async function check(parts: TokenParts | undefined, db: D1Database, nowMs: number): Promise<Outcome<TokenRecord>> {
  if (parts === undefined) return UNAUTHENTICATED;
  const found = await cache.lookup(parts.id, nowMs, (id) => within(LOOKUP_TIMEOUT_MS, findToken(db, id)));
  if (found.kind === 'unavailable') {
    // Not 401: a sender would take that as final and throw its data away.
    return failure('auth_unavailable', 'The token cannot be checked at the moment.', RETRY_AFTER_SECONDS);
  }
  const token = found.kind === 'found' ? found.token : undefined;
  const matches = sameSecret(parts.secret, token?.secretSha256 ?? NO_HASH);
  if (!matches || token === undefined || token.revokedAtMs !== null) return UNAUTHENTICATED;
  if (token.expiresAtMs !== null && token.expiresAtMs <= nowMs) return UNAUTHENTICATED;
  return success(token);
}

export function requireScope(token: TokenRecord, scopes: readonly Scope[]): Outcome<TokenRecord> {
  if (scopes.some((scope) => token.scopes.includes(scope))) return success(token);
  return failure('forbidden_scope', `The token lacks the scope ${scopes.join(' or ')}.`);
}

/** A push of one signal needs that signal's scope; `agent` stands for all of them. */
export function writeScopes(signal: Signal): readonly Scope[] {
  return [`${signal}:write`, 'agent'];
}

export function forgetToken(id: string): void {
  cache.forget(id);
}

/** Tests only: what a new isolate knows. */
export function forgetAllTokens(): void {
  cache.clear();
  forgetAllFailures();
}
