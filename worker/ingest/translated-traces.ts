/** What the trace formats that are translated to OTLP have in common: spans that were left out, and their answers. */
import type { TranslatedTraces } from '../../core/wire/span-translation.ts';
import type { Decoded } from './protocol.ts';
import { type Responder, textResponder } from './respond.ts';

export function translatedTraces({ body, spans, rejected }: TranslatedTraces, bytes: number): Decoded {
  const rejections =
    rejected === undefined ? [] : [{ reason: 'invalid_span', items: rejected.spans, example: rejected.example }];
  return { batch: { signal: 'traces', body, spans }, items: () => spans + (rejected?.spans ?? 0), bytes, rejections };
}

/** 202 as Zipkin's and Jaeger's collectors answer; neither kind of client sends again what got a 4xx. */
export const translatedTracesResponder: Responder = {
  ...textResponder('spans'),
  success: () => new Response(null, { status: 202 }),
};
