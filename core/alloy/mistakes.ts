/**
 * All mistakes of one component's block. A component refuses its arguments by what it throws, which ends its check: so what
 * it refused is told, something stands in for it, and it is asked again. Nothing that is made here runs.
 */
import { argumentPlace } from './argument-place.ts';
import type { Block, Statement } from './ast.ts';
import {
  type AnyComponentDefinition,
  type ArgumentError,
  type ComponentContext,
  refusalsOf,
  UnsupportedError,
} from './component.ts';
import { decodeBody, decodeMended, type StandIn } from './decode.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import type { BodySchema, Decoded } from './schema.ts';
import { type Scope, Unknown } from './scope.ts';
import type { Span } from './source.ts';
import { MAX_STAND_INS } from './stand-in.ts';
import { Capsule } from './values.ts';

export interface Mistakes {
  readonly errors: readonly Diagnostic[];
  /** What Alloy takes and what cannot work here. */
  readonly unsupported: readonly Diagnostic[];
}

/** Each makes the component once more, and tenants send configurations. All rules, stages and endpoints are asked in one. */
const MAX_ROUNDS = 20;
/** Of one component, beside what does not decode. */
const MAX_REFUSALS = 100;

export function findMistakes<C extends ComponentContext>(
  definition: AnyComponentDefinition<C>,
  block: Block,
  scope: Scope,
  context: C,
): Mistakes {
  const search = new Search(block);
  const { diagnostics } = decodeBody(definition.schema, block.body, block.span, scope);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { body } = search.block;
    const mended = decodeMended(definition.schema, body, block.span, scope, search.refused);
    const refusals = refusalsBy(definition, context, mended.args, mended.unknownData);
    if (!search.took(refusals, mended.standIns)) break;
  }
  return { errors: [...diagnostics, ...search.errors], unsupported: search.unsupported };
}

class Search {
  readonly errors: Diagnostic[] = [];
  readonly unsupported: Diagnostic[] = [];
  /** Attributes that something stands in for, with how often it was tried. */
  readonly refused = new Map<Statement, number>();
  /** Without the blocks that were refused as a whole. */
  block: Block;
  readonly #removed: StandIn[] = [];

  constructor(block: Block) {
    this.block = block;
  }

  /** False when there is nothing to ask about any more. */
  took(refusals: readonly ArgumentError[], standIns: readonly StandIn[]): boolean {
    // Their numbers count the blocks that there are now.
    const { block } = this;
    const removed = new Set<Statement>();
    const notWritten = [...standIns, ...this.#removed];
    let isNew = false;
    for (const refusal of refusals) {
      if (this.errors.length + this.unsupported.length >= MAX_REFUSALS) return false;
      const { statement, within } = argumentPlace(block, refusal.path);
      if (!isDueToStandIn(statement.span, within.span, refusal.message, notWritten)) {
        const found = refusal instanceof UnsupportedError ? this.unsupported : this.errors;
        found.push(diagnosticAt(statement.span, refusal.message));
      }
      const times = this.refused.get(statement) ?? 0;
      const isReplaceable = statement.kind === 'attribute' && times <= MAX_STAND_INS;
      if (isReplaceable) this.refused.set(statement, times + 1);
      else if (statement.kind === 'block' ? statement !== block : within !== block) {
        const gone = statement.kind === 'block' ? statement : within;
        removed.add(gone);
        this.#removed.push({ name: gone.name, span: gone.span, within: parentSpan(block, gone) });
      } else continue;
      isNew = true;
    }
    if (removed.size > 0) this.block = withoutBlocks(block, removed);
    return isNew;
  }
}

/**
 * What is said of a place in which something stands in for what was written, or of a neighbour of it by its name, need not
 * be true of what was meant.
 */
function isDueToStandIn(place: Span, around: Span, message: string, standIns: readonly StandIn[]): boolean {
  const words = new Set(message.split(/\W+/));
  return standIns.some(
    ({ name, span, within }) => contains(place, span) || (within.start === around.start && words.has(name)),
  );
}

function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function parentSpan(block: Block, child: Statement): Span {
  const next = block.body.find((each) => each.kind === 'block' && each !== child && contains(each.span, child.span));
  return next?.kind === 'block' ? parentSpan(next, child) : block.span;
}

function withoutBlocks(block: Block, removed: ReadonlySet<Statement>): Block {
  const body = block.body.filter((statement) => !removed.has(statement));
  return { ...block, body: body.map((each) => (each.kind === 'block' ? withoutBlocks(each, removed) : each)) };
}

/**
 * What a component refuses beyond types. One that also runs at the gateway touches nothing of the machine when it is made,
 * so making it tells; whatever it misses from a running system is no mistake of the configuration.
 */
function refusalsBy<C extends ComponentContext>(
  definition: AnyComponentDefinition<C>,
  context: C,
  args: Decoded<BodySchema>,
  unknownData: boolean,
): readonly ArgumentError[] {
  try {
    definition.validate?.(unknownData ? knownOf(args) : args);
    if (!unknownData && definition.sides.includes('edge')) definition.create(context, args);
    return [];
  } catch (error) {
    return refusalsOf(error);
  }
}

class NotKnownError extends Error {}

/** The same arguments, of which looking at one that is not known, or known in part, ends the check: the rest may be right. */
function knownOf(args: Decoded<BodySchema>): Decoded<BodySchema> {
  return new Proxy(args, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (holdsUnknownPart(value)) throw new NotKnownError(String(name));
      return value;
    },
  });
}

function holdsUnknownPart(value: unknown): boolean {
  if (value instanceof Unknown) return true;
  if (typeof value !== 'object' || value === null || value instanceof Capsule) return false;
  const parts = value instanceof Map ? value.values() : Object.values(value);
  return [...parts].some(holdsUnknownPart);
}
