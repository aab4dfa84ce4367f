/**
 * Two pipelines on the same pushes: what each destination would get, what is dropped and refused, and how labels change.
 * Series, lines and profiles are compared one by one; OTLP push by push. Bounded, and it says what it left out.
 */

import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import { countItems, type Form, inputText } from './forms.ts';
import { type LiveSample, pieces } from './live-sample.ts';
import { type Lost, type PieceResult, runPiece } from './run-piece.ts';

/** Each piece runs twice, on the CPU time of one request. */
const MAX_PIECES = 4_000;
const MAX_EXAMPLES = 5;
const MAX_TEXT = 600;

export interface Counted {
  readonly items: number;
  /** Different series, streams with their lines, or label sets. */
  readonly different: number;
}

export interface Example {
  /** As it was pushed; absent where a whole push of OTLP was compared. */
  readonly input?: string;
  /** null: it does not get there. */
  readonly current: string | null;
  readonly candidate: string | null;
}

export interface DestinationComparison {
  readonly destination: string;
  readonly signal: Signal;
  readonly current: Counted;
  readonly candidate: Counted;
  /** Items: under other labels or with another line, no longer sent, sent only now. */
  readonly changed: number;
  readonly gone: number;
  readonly added: number;
  readonly examples: readonly Example[];
}

export interface LostComparison {
  readonly signal: Signal;
  /** '': refused before or instead of a component. */
  readonly component: string;
  readonly reason: string;
  readonly current: number;
  readonly candidate: number;
}

export interface Comparison {
  readonly items: Readonly<Partial<Record<Signal, number>>>;
  /** Items of samples that were too many to compare. */
  readonly leftOut: number;
  readonly destinations: readonly DestinationComparison[];
  readonly dropped: readonly LostComparison[];
  readonly rejected: readonly LostComparison[];
}

const NOTHING: PieceResult = { outputs: new Map(), dropped: [], rejected: [] };

/** `current` undefined: there is none yet. */
export function comparePipelines(
  samples: readonly LiveSample[],
  current: TenantPipeline | undefined,
  candidate: TenantPipeline,
  limits: TenantLimits,
  nowNs: bigint,
): Comparison {
  const books = new Books();
  const items: Partial<Record<Signal, number>> = {};
  let compared = 0;
  let leftOut = 0;
  for (const sample of samples) {
    const { signal, forced } = sample;
    const context = { forced, limits, nowNs };
    for (const batch of pieces(sample)) {
      const size = countItems(batch);
      if (compared++ >= MAX_PIECES) {
        leftOut += size;
        continue;
      }
      items[signal] = (items[signal] ?? 0) + size;
      const before = current === undefined ? NOTHING : runPiece(current, batch, context);
      books.add(signal, inputText(batch), before, runPiece(candidate, batch, context));
    }
  }
  return { items, leftOut, ...books.close() };
}

class Books {
  readonly #destinations = new Map<string, DestinationBook>();
  readonly #dropped = new Map<string, LostBook>();
  readonly #rejected = new Map<string, LostBook>();

  add(signal: Signal, input: string, current: PieceResult, candidate: PieceResult): void {
    for (const id of new Set([...current.outputs.keys(), ...candidate.outputs.keys()])) {
      let book = this.#destinations.get(`${signal} ${id}`);
      if (book === undefined) this.#destinations.set(`${signal} ${id}`, (book = new DestinationBook(id, signal)));
      book.add(input, current.outputs.get(id) ?? [], candidate.outputs.get(id) ?? []);
    }
    countLost(this.#dropped, signal, current.dropped, candidate.dropped);
    countLost(this.#rejected, signal, current.rejected, candidate.rejected);
  }

  close(): Pick<Comparison, 'destinations' | 'dropped' | 'rejected'> {
    const byId = (a: DestinationComparison, b: DestinationComparison) => (a.destination < b.destination ? -1 : 1);
    return {
      destinations: [...this.#destinations.values()].map((book) => book.close()).sort(byId),
      dropped: [...this.#dropped.values()],
      rejected: [...this.#rejected.values()],
    };
  }
}

type LostBook = { -readonly [K in keyof LostComparison]: LostComparison[K] };

function countLost(
  books: Map<string, LostBook>,
  signal: Signal,
  current: readonly Lost[],
  candidate: readonly Lost[],
): void {
  for (const [side, all] of [
    ['current', current],
    ['candidate', candidate],
  ] as const) {
    for (const { componentId: component, reason, items } of all) {
      const key = `${signal} ${component} ${reason}`;
      const book = books.get(key) ?? { signal, component, reason, current: 0, candidate: 0 };
      book[side] += items;
      books.set(key, book);
    }
  }
}

class DestinationBook {
  readonly #destination: string;
  readonly #signal: Signal;
  readonly #current = new Side();
  readonly #candidate = new Side();
  readonly #examples = new Map<string, Example>();
  #changed = 0;
  #gone = 0;
  #added = 0;

  constructor(destination: string, signal: Signal) {
    this.#destination = destination;
    this.#signal = signal;
  }

  add(input: string, current: readonly Form[], candidate: readonly Form[]): void {
    this.#current.add(current);
    this.#candidate.add(candidate);
    const [before, after] = differing(current, candidate);
    for (let i = 0; i < Math.max(before.length, after.length); i++) {
      // One of each side is the same thing under other labels; of more it is not known which became which.
      const isPair = before.length === 1 && after.length === 1;
      if (isPair) this.#change(input, before[0] as Form, after[0] as Form);
      else {
        if (before[i] !== undefined) this.#lose(input, before[i] as Form);
        if (after[i] !== undefined) this.#gain(input, after[i] as Form);
      }
    }
  }

  close(): DestinationComparison {
    return {
      destination: this.#destination,
      signal: this.#signal,
      current: this.#current.counted(),
      candidate: this.#candidate.counted(),
      changed: this.#changed,
      gone: this.#gone,
      added: this.#added,
      examples: [...this.#examples.values()],
    };
  }

  #change(input: string, before: Form, after: Form): void {
    this.#changed += Math.min(before.items, after.items);
    this.#gone += Math.max(0, before.items - after.items);
    this.#added += Math.max(0, after.items - before.items);
    this.#example(input, before.text, after.text);
  }

  #lose(input: string, { text, items }: Form): void {
    this.#gone += items;
    this.#example(input, text, null);
  }

  #gain(input: string, { text, items }: Form): void {
    this.#added += items;
    this.#example(input, null, text);
  }

  #example(input: string, current: string | null, candidate: string | null): void {
    const key = `${current}\n${candidate}`;
    if (this.#examples.size >= MAX_EXAMPLES || this.#examples.has(key) || (current ?? candidate) === '') return;
    const cut = (text: string | null) =>
      text !== null && text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
    this.#examples.set(key, {
      ...(input !== '' && { input: cut(input) as string }),
      current: cut(current),
      candidate: cut(candidate),
    });
  }
}

class Side {
  #items = 0;
  readonly #different = new Set<string>();

  add(forms: readonly Form[]): void {
    for (const { text, items } of forms) {
      this.#items += items;
      this.#different.add(text);
    }
  }

  counted(): Counted {
    return { items: this.#items, different: this.#different.size };
  }
}

/** What is left of both when the forms that are on both sides are taken away. */
function differing(current: readonly Form[], candidate: readonly Form[]): [Form[], Form[]] {
  const after = new Map<string, Form[]>();
  for (const form of candidate) after.set(keyOf(form), [...(after.get(keyOf(form)) ?? []), form]);
  const before = current.filter((form) => after.get(keyOf(form))?.pop() === undefined);
  return [before, [...after.values()].flat()];
}

function keyOf({ text, items }: Form): string {
  return `${items} ${text}`;
}
