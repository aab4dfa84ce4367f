/**
 * Checks the tokens of one kind, tenants' or operators': looked up by id, compared as hashes, behind the shield. Whatever is
 * wrong with a token, the failure is one and the same, so that probing learns nothing.
 */
import { type Failure, failure, type Outcome, success } from '../../core/outcome.ts';
import type { Env } from '../env.ts';
import { within } from '../timeout.ts';
import { guarded } from './guarded.ts';
import { parseToken, sameSecret, type TokenKind, type TokenParts } from './token.ts';
import { TokenCache } from './token-cache.ts';

/** A slow database must not hold up a request whose token is known. */
const LOOKUP_TIMEOUT_MS = 3_000;
const RETRY_AFTER_SECONDS = 5;
/** Compared against when the id is unknown, so that known and unknown ids take the same time. */
const NO_HASH = '0'.repeat(64);

export interface StoredToken {
  /** Hex. */
  readonly secretSha256: string;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export class TokenCheck<T extends StoredToken> {
  readonly #kind: TokenKind;
  readonly #find: (db: D1Database, id: string) => Promise<T | undefined>;
  readonly #refused: Failure;
  readonly #cache = new TokenCache<T>();

  constructor(kind: TokenKind, find: (db: D1Database, id: string) => Promise<T | undefined>, refused: Failure) {
    this.#kind = kind;
    this.#find = find;
    this.#refused = refused;
  }

  check(text: string, request: Request, env: Env, nowMs: number): Promise<Outcome<T>> {
    const parts = parseToken(text, this.#kind);
    const isKnown = parts !== undefined && this.#cache.knows(parts.id);
    return guarded(request, env, nowMs, { isKnown, run: () => this.#compare(parts, env.DB, nowMs) });
  }

  /** After a change in this isolate; others follow when their entry is 30 s old. */
  forget(id: string): void {
    this.#cache.forget(id);
  }

  clear(): void {
    this.#cache.clear();
  }

  async #compare(parts: TokenParts | undefined, db: D1Database, nowMs: number): Promise<Outcome<T>> {
    if (parts === undefined) return this.#refused;
    const found = await this.#cache.lookup(parts.id, nowMs, (id) => within(LOOKUP_TIMEOUT_MS, this.#find(db, id)));
    if (found.kind === 'unavailable') {
      // Not 401: a sender would take that as final and throw its data away.
      return failure('auth_unavailable', 'The token cannot be checked at the moment.', RETRY_AFTER_SECONDS);
    }
    const token = found.kind === 'found' ? found.token : undefined;
    const matches = sameSecret(parts.secret, token?.secretSha256 ?? NO_HASH);
    if (!matches || token === undefined || token.revokedAtMs !== null) return this.#refused;
    if (token.expiresAtMs !== null && token.expiresAtMs <= nowMs) return this.#refused;
    return success(token);
  }
}
