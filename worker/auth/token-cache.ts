/**
 * Tokens looked up in this isolate. An entry is trusted for 30 s, so a revoked token dies everywhere within a minute; when
 * the database fails, an entry already here is trusted for 10 minutes more, so an outage of D1 stops nobody who was
 * known. Nothing secret is kept: records hold hashes.
 */
export const FRESH_MS = 30_000;
export const STALE_MS = 10 * 60_000;
/** Unknown ids are remembered too, so that a stream of bad tokens does not become a stream of queries. */
const UNKNOWN_FRESH_MS = 10_000;
const MAX_ENTRIES = 5_000;

interface Entry<T> {
  readonly token: T | undefined;
  readonly atMs: number;
}

export type Lookup<T> =
  | { readonly kind: 'found'; readonly token: T }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };

export type FindToken<T> = (id: string) => Promise<T | undefined>;

export class TokenCache<T> {
  readonly #entries = new Map<string, Entry<T>>();

  async lookup(id: string, nowMs: number, find: FindToken<T>): Promise<Lookup<T>> {
    const entry = this.#entries.get(id);
    if (entry !== undefined && isFresh(entry, nowMs)) return result(entry.token);
    try {
      const token = await find(id);
      this.#remember(id, { token, atMs: nowMs });
      return result(token);
    } catch {
      const usable = entry?.token !== undefined && nowMs - entry.atMs < FRESH_MS + STALE_MS;
      return usable ? result(entry.token) : { kind: 'unavailable' };
    }
  }

  /** The token was found before, however long ago. */
  knows(id: string): boolean {
    return this.#entries.get(id)?.token !== undefined;
  }

  /** After a revocation in this isolate. Others follow when their entry is 30 s old. */
  forget(id: string): void {
    this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }

  #remember(id: string, entry: Entry<T>): void {
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (this.#entries.size <= MAX_ENTRIES) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** One from the future is not: the clock jumped back, and a revoked token must not live until then. */
function isFresh({ token, atMs }: Entry<unknown>, nowMs: number): boolean {
  const ageMs = nowMs - atMs;
  return ageMs >= 0 && ageMs < (token === undefined ? UNKNOWN_FRESH_MS : FRESH_MS);
}

function result<T>(token: T | undefined): Lookup<T> {
  return token === undefined ? { kind: 'unknown' } : { kind: 'found', token };
}
