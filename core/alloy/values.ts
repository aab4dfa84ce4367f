/** The run-time values of the language that other parts of the project meet: secrets and capsules. */

/** A text that never prints: not in diagnostics, logs, JSON, the console. Only `reveal()` gives it away. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '(secret)';
  }

  toJSON(): string {
    return '(secret)';
  }
}

/** A value that expressions can pass on but not look into: a receiver, a consumer, relabel rules. */
export class Capsule<T = unknown> {
  /** Go's type in Alloy, because its messages name it: `storage.Appendable`, `loki.LogsReceiver`, `otelcol.Consumer`. */
  readonly typeName: string;
  readonly value: T;

  constructor(typeName: string, value: T) {
    this.typeName = typeName;
    this.value = value;
  }
}
