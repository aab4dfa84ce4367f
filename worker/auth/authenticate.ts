/**
 * Who is this, and may they do that? Every kind of bad token gets the same answer, so that probing learns nothing; the
 * detailed reason is nobody's business but the operator's.
 */
import { failure, type Outcome, success } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { Env } from '../env.ts';
import type { Scope, TokenRecord } from '../tenants/tenant.ts';
import { findToken } from '../tenants/tokens.ts';
import { tokenFromHeaders } from './credentials.ts';
import { forgetAllFailures } from './guarded.ts';
import { TokenCheck } from './token-check.ts';

const UNAUTHENTICATED = failure(
  'unauthenticated',
  'No valid token. Send "Authorization: Bearer spw_…", or Basic with the token as password.',
);

const tokens = new TokenCheck('spw', findToken, UNAUTHENTICATED);

export function authenticate(request: Request, env: Env, nowMs: number): Promise<Outcome<TokenRecord>> {
  const text = tokenFromHeaders(request.headers);
  // Nobody guesses by sending nothing.
  return text === undefined ? Promise.resolve(UNAUTHENTICATED) : tokens.check(text, request, env, nowMs);
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
  tokens.forget(id);
}

/** Tests only: what a new isolate knows. */
export function forgetAllTokens(): void {
  tokens.clear();
  forgetAllFailures();
}
