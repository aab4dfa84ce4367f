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
/** In a place of their own: who makes up ids must not make tokens that are in use forgotten. */
const MAX_UNKNOWN = 2_000;

interface Entry<T> {
  readonly token: T;
  readonly atMs: number;
}

export type Lookup<T> =
  | { readonly kind: 'found'; readonly token: T }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };

export type FindToken<T> = (id: string) => Promise<T | undefined>;

export class TokenCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** When each was looked for. */
  readonly #unknown = new Map<string, number>();

  async lookup(id: string, nowMs: number, find: FindToken<T>): Promise<Lookup<T>> {
    const entry = this.#entries.get(id);
    if (entry !== undefined && isWithin(FRESH_MS, entry.atMs, nowMs)) return { kind: 'found', token: entry.token };
    const missedAtMs = this.#unknown.get(id);
    if (missedAtMs !== undefined && isWithin(UNKNOWN_FRESH_MS, missedAtMs, nowMs)) return { kind: 'unknown' };
    try {
      const token = await find(id);
      this.forget(id);
      if (token === undefined) remember(this.#unknown, id, nowMs, MAX_UNKNOWN);
      else remember(this.#entries, id, { token, atMs: nowMs }, MAX_ENTRIES);
      return token === undefined ? { kind: 'unknown' } : { kind: 'found', token };
    } catch {
      const usable = entry !== undefined && nowMs - entry.atMs < FRESH_MS + STALE_MS;
      return usable ? { kind: 'found', token: entry.token } : { kind: 'unavailable' };
    }
  }

  /** The token was found before, however long ago. */
  knows(id: string): boolean {
    return this.#entries.has(id);
  }

  /** After a revocation in this isolate. Others follow when their entry is 30 s old. */
  forget(id: string): void {
    this.#entries.delete(id);
    this.#unknown.delete(id);
  }

  clear(): void {
    this.#entries.clear();
    this.#unknown.clear();
  }
}

/** The one that was looked up longest ago makes room. */
function remember<V>(entries: Map<string, V>, id: string, value: V, maxEntries: number): void {
  entries.set(id, value);
  if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
}

/** What is dated ahead is not: the clock jumped back, and a revoked token must not live until then. */
function isWithin(maxAgeMs: number, atMs: number, nowMs: number): boolean {
  const ageMs = nowMs - atMs;
  return ageMs >= 0 && ageMs < maxAgeMs;
}
