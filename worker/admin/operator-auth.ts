/** Tokens of operators: made, stored and compared like those of tenants, and never taken for one of them. */
import { failure, type Outcome } from '../../core/outcome.ts';
import { createTokenParts, formatToken, type TokenParts } from '../auth/token.ts';
import { TokenCheck } from '../auth/token-check.ts';
import type { Env } from '../env.ts';
import { findOperator, type OperatorRecord } from '../tenants/operators.ts';

const tokens = new TokenCheck('spo', findOperator, failure('unauthenticated', 'No valid token.'));

export function createOperatorToken(): TokenParts & { readonly text: string } {
  const parts = createTokenParts();
  return { ...parts, text: formatToken(parts, 'spo') };
}

export function authenticateOperator(
  text: string,
  request: Request,
  env: Env,
  nowMs: number,
): Promise<Outcome<OperatorRecord>> {
  return tokens.check(text, request, env, nowMs);
}

export function forgetOperator(id: string): void {
  tokens.forget(id);
}

/** Tests only: what a new isolate knows. */
export function forgetAllOperators(): void {
  tokens.clear();
}
