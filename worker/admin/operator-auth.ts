/** Tokens of operators: `spo_<id>_<secret>`, made, stored and compared like those of tenants (auth/token.ts). */
import { failure, type Outcome, success } from '../../core/outcome.ts';
import { guarded } from '../auth/guarded.ts';
import { createTokenParts, sameSecret, type TokenParts } from '../auth/token.ts';
import { TokenCache } from '../auth/token-cache.ts';
import type { Env } from '../env.ts';
import { findOperator, type OperatorRecord } from '../tenants/operators.ts';
import { within } from '../timeout.ts';

const OPERATOR_TOKEN = /^spo_([0-9a-f]{16})_([0-9a-f]{48})$/;
const OPERATOR_TOKEN_LENGTH = 69;
const LOOKUP_TIMEOUT_MS = 3_000;
/** Compared against when the id is unknown, so that known and unknown ids take the same time. */
const NO_HASH = '0'.repeat(64);

const UNKNOWN = failure('unauthenticated', 'No valid token.');

const cache = new TokenCache<OperatorRecord>();

export function createOperatorToken(): TokenParts & { readonly text: string } {
  const parts = createTokenParts();
  return { ...parts, text: `spo_${parts.id}_${parts.secret}` };
}

export function authenticateOperator(
  text: string,
  request: Request,
  env: Env,
  nowMs: number,
): Promise<Outcome<OperatorRecord>> {
  const match = text.length === OPERATOR_TOKEN_LENGTH ? OPERATOR_TOKEN.exec(text) : null;
  const parts = match === null ? undefined : { id: match[1] as string, secret: match[2] as string };
  const isKnown = parts !== undefined && cache.knows(parts.id);
  return guarded(request, env, nowMs, { isKnown, run: () => check(parts, env.DB, nowMs) });
}

async function check(parts: TokenParts | undefined, db: D1Database, nowMs: number): Promise<Outcome<OperatorRecord>> {
  if (parts === undefined) return UNKNOWN;
  const found = await cache.lookup(parts.id, nowMs, (wanted) => within(LOOKUP_TIMEOUT_MS, findOperator(db, wanted)));
  if (found.kind === 'unavailable') return failure('auth_unavailable', 'The token cannot be checked at the moment.');
  const operator = found.kind === 'found' ? found.token : undefined;
  const matches = sameSecret(parts.secret, operator?.secretSha256 ?? NO_HASH);
  if (!matches || operator === undefined || operator.revokedAtMs !== null) return UNKNOWN;
  return operator.expiresAtMs !== null && operator.expiresAtMs <= nowMs ? UNKNOWN : success(operator);
}

/** After a revocation here; other isolates follow when their entry is 30 s old. */
export function forgetOperator(id: string): void {
  cache.forget(id);
}

/** Tests only: what a new isolate knows. */
export function forgetAllOperators(): void {
  cache.clear();
}
