/** The few values that a hub keeps by name: the tenant's settings as it read them last, and its seed. */
export class KeptValues {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Kept for ever: with another seed every series would look new. */
  hashSeed(): number {
    const stored = this.get('hash_seed');
    if (stored !== undefined) return Number(stored);
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
    this.set('hash_seed', String(seed));
    return seed;
  }

  get(key: string): string | undefined {
    return this.#sql.exec<{ value: string }>('SELECT value FROM settings WHERE key = ?', key).toArray()[0]?.value;
  }

  set(key: string, value: string): void {
    this.#sql.exec(
      'INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2',
      key,
      value,
    );
  }
}
