/** What the translators of other trace formats to OTLP have in common. */
import type { Attributes, TracesBuilder } from './otlp/traces-encode.ts';

export interface TranslatedTraces {
  /** An ExportTraceServiceRequest. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly spans: number;
  /** Spans that were left out, and what was wrong with the first of them. */
  readonly rejected: { readonly spans: number; readonly example: string } | undefined;
}

export class SpanRejections {
  #spans = 0;
  #example = '';

  add(problem: string): void {
    if (this.#spans === 0) this.#example = problem;
    this.#spans++;
  }

  result(builder: TracesBuilder): TranslatedTraces {
    const rejected = this.#spans === 0 ? undefined : { spans: this.#spans, example: this.#example };
    return { body: builder.take(), spans: builder.spans, rejected };
  }
}

/** Takes an attribute out that becomes a field of its own; one that is no text stays. */
export function takeText(attributes: Attributes, key: string): string | undefined {
  const value = attributes.get(key);
  if (typeof value !== 'string') return undefined;
  attributes.delete(key);
  return value;
}
