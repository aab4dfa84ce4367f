/**
 * A block's body to the arguments that a schema declares. Collects every mistake with its place; the texts are those of
 * Alloy's struct decoder. Arguments come back only when there was no mistake.
 */
import type { Attribute, Block, Body, Expression, Statement } from './ast.ts';
import { decodeValue } from './decode-value.ts';
import { type Diagnostic, diagnosticAt } from './diagnostics.ts';
import { evaluate, valueDiagnostic } from './evaluator.ts';
import { didYouMean } from './nearest.ts';
import { type AttributeType, type BodySchema, type Decoded, type Field, holdsSecretType } from './schema.ts';
import { type Scope, Unknown } from './scope.ts';
import type { Span } from './source.ts';
import { standInFor } from './stand-in.ts';
import { ValueError } from './value-error.ts';
import { isArray } from './value-kind.ts';
import type { Value } from './value-types.ts';
import { holdsUnknown } from './weight.ts';

export interface DecodedBody<S extends BodySchema> {
  readonly args: Decoded<S> | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** True when a part is not known before components run, so that `args` must not be acted on. */
  readonly unknown: boolean;
  /** True when more than receivers and other capsules is unknown, so that `args` must not even be looked at. */
  readonly unknownData: boolean;
}

export function decodeBody<S extends BodySchema>(schema: S, body: Body, whole: Span, scope: Scope): DecodedBody<S> {
  const decoder = new Decoder(scope);
  const args = decoder.body(schema, body, whole);
  const failed = decoder.diagnostics.length > 0;
  return {
    args: failed ? undefined : (args as Decoded<S>),
    diagnostics: decoder.diagnostics,
    unknown: decoder.unknown,
    unknownData: decoder.unknownData,
  };
}

/** An argument whose value is none of the configuration's, because the one that is written is mistaken or missing. */
export interface StandIn {
  readonly name: string;
  /** What is wrong, and the block it is in. */
  readonly span: Span;
  readonly within: Span;
}

export interface Mended {
  readonly args: Decoded<BodySchema>;
  readonly standIns: readonly StandIn[];
  readonly unknownData: boolean;
}

/**
 * Arguments to check what is right of a body that has mistakes, never to act on: whatever does not decode has a value that
 * stands in for it, and so have the attributes of `refused`, which say how many of the values were not taken.
 */
export function decodeMended(
  schema: BodySchema,
  body: Body,
  whole: Span,
  scope: Scope,
  refused: ReadonlyMap<Statement, number>,
): Mended {
  const decoder = new Decoder(scope, refused);
  const args = decoder.body(schema, body, whole) as Decoded<BodySchema>;
  return { args, standIns: decoder.standIns, unknownData: decoder.unknownData };
}

/** What an empty body decodes to; only for schemas without required fields. */
export function defaultArguments<S extends BodySchema>(schema: S): Decoded<S> {
  return Object.fromEntries(Object.entries(schema).map(([key, field]) => [key, absent(field)])) as Decoded<S>;
}

interface Target {
  readonly key: string;
  readonly field: Field;
  readonly blockSchema?: BodySchema;
}

class Decoder {
  readonly diagnostics: Diagnostic[] = [];
  readonly standIns: StandIn[] = [];
  unknown = false;
  unknownData = false;
  readonly #scope: Scope;
  /** Undefined where the diagnostics are what is wanted. */
  readonly #refused: ReadonlyMap<Statement, number> | undefined;

  constructor(scope: Scope, refused?: ReadonlyMap<Statement, number>) {
    this.#scope = scope;
    this.#refused = refused;
  }

  body(schema: BodySchema, body: Body, whole: Span): Record<string, unknown> {
    const args: Record<string, unknown> = {};
    const targets = targetsOf(schema);
    const seen = new Set<string>();
    for (const statement of body) {
      const before = this.diagnostics.length;
      if (statement.kind === 'attribute') this.#attribute(statement, targets, seen, args);
      else this.#block(statement, targets, seen, args);
      const isNew = this.diagnostics.length > before || this.#refused?.has(statement) === true;
      if (isNew && this.#isLeaf(statement, targets)) {
        const { name } = statement.kind === 'attribute' ? statement.name : statement;
        this.standIns.push({ name, span: statement.span, within: whole });
      }
    }
    for (const [key, field] of Object.entries(schema)) {
      if (seen.has(key)) continue;
      args[key] = absent(field);
      if (field.field !== 'ordered' && field.required) {
        this.diagnostics.push(diagnosticAt(whole, `missing required ${field.field} ${JSON.stringify(key)}`));
        this.standIns.push({ name: key, span: whole, within: whole });
        if (field.field === 'attribute') args[key] = standInFor(field, 0);
      }
    }
    return args;
  }

  /** Mistakes in a block that is one are its statements', each with its own stand-in. */
  #isLeaf(statement: Statement, targets: ReadonlyMap<string, Target>): boolean {
    return statement.kind === 'attribute' || targets.get(statement.name)?.blockSchema === undefined;
  }

  #attribute(
    statement: Attribute,
    targets: ReadonlyMap<string, Target>,
    seen: Set<string>,
    args: Record<string, unknown>,
  ): void {
    const { name } = statement.name;
    const quoted = JSON.stringify(name);
    const target = targets.get(name);
    if (target === undefined) {
      const known = namesOf(targets, 'attribute');
      this.#error(statement.span, `unrecognized attribute name ${quoted}`, this.#hint(name, known));
      return;
    }
    if (target.field.field !== 'attribute') {
      this.#error(statement.span, `${quoted} must be a block, but is used as an attribute`);
    } else if (seen.has(name)) {
      this.#error(statement.span, `attribute ${quoted} may only be provided once`);
    } else {
      const before = this.diagnostics.length;
      const value = this.#value(statement.value, target.field.type, target.field);
      const taken = this.#refused?.get(statement) ?? 0;
      const isRight = taken === 0 && this.diagnostics.length === before;
      args[name] = isRight ? value : standInFor(target.field, Math.max(0, taken - 1));
    }
    seen.add(name);
  }

  #value(expression: Expression, type: AttributeType<unknown>, field: Field): unknown {
    const evaluated = evaluate(expression, this.#scope);
    if (!evaluated.ok) {
      this.diagnostics.push(evaluated.diagnostic);
      return undefined;
    }
    if (holdsUnknown(evaluated.value)) {
      this.unknown = true;
      this.unknownData ||= !onlyCapsulesUnknown(type, evaluated.value);
    }
    if (evaluated.value === null && isOptional(field)) return undefined;
    try {
      return decodeValue(type, evaluated.value);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.diagnostics.push(
        holdsSecretType(type)
          ? diagnosticAt(expression.span, `(secret) ${error.message}`)
          : valueDiagnostic(expression, error.path, error.message),
      );
      return undefined;
    }
  }

  #block(
    statement: Block,
    targets: ReadonlyMap<string, Target>,
    seen: Set<string>,
    args: Record<string, unknown>,
  ): void {
    const { name } = statement;
    const quoted = JSON.stringify(name);
    const target = targets.get(name);
    if (target === undefined) {
      this.#error(statement.span, `unrecognized block name ${quoted}`, this.#hint(name, namesOf(targets, 'block')));
      return;
    }
    const { key, field, blockSchema } = target;
    const again = seen.has(key);
    seen.add(key);
    if (blockSchema === undefined) {
      this.#error(statement.span, `${quoted} must be an attribute, but is used as a block`);
      return;
    }
    const labelled = field.field === 'block' && field.labelled === true;
    if (labelled && statement.label === '') {
      this.#error(statement.nameSpan, `block ${quoted} requires non-empty label`);
    } else if (!labelled && statement.label !== '') {
      this.#error(statement.nameSpan, `block ${quoted} does not support specifying labels`);
    }
    if (again && field.field === 'block' && !field.repeated) {
      this.#error(statement.span, `block ${quoted} may only be specified once`);
      return;
    }
    const decoded = this.body(blockSchema, statement.body, statement.span);
    if (labelled) decoded.label = statement.label;
    if (field.field === 'ordered') append(args, key, { name, args: decoded });
    else if (field.field === 'block' && field.repeated) append(args, key, decoded);
    else args[key] = decoded;
  }

  /** Comparing names is slow, and arguments are mended many times. */
  #hint(name: string, known: readonly string[]): { hint?: string } {
    return this.#refused === undefined ? didYouMean(name, known) : {};
  }

  #error(span: Span, message: string, options: { hint?: string } = {}): void {
    this.diagnostics.push(diagnosticAt(span, message, options));
  }
}

function append(args: Record<string, unknown>, key: string, item: unknown): void {
  const list = (args[key] ??= []) as unknown[];
  list.push(item);
}

function absent(field: Field): unknown {
  if (field.field === 'attribute') return field.default;
  return field.field === 'ordered' || field.repeated ? [] : undefined;
}

function isOptional(field: Field): boolean {
  return field.field === 'attribute' && !field.required && field.default === undefined;
}

function onlyCapsulesUnknown(type: AttributeType<unknown>, value: Value): boolean {
  if (value instanceof Unknown) return type.kind === 'capsule';
  if (type.of !== undefined && isArray(value)) return value.every((item) => onlyCapsulesUnknown(type.of!, item));
  return !holdsUnknown(value);
}

function targetsOf(schema: BodySchema): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  for (const [key, field] of Object.entries(schema)) {
    if (field.field === 'attribute') targets.set(key, { key, field });
    else if (field.field === 'block') targets.set(key, { key, field, blockSchema: field.body });
    else
      for (const [name, blockSchema] of Object.entries(field.blocks())) targets.set(name, { key, field, blockSchema });
  }
  return targets;
}

function namesOf(targets: ReadonlyMap<string, Target>, kind: 'attribute' | 'block'): string[] {
  return [...targets]
    .filter(([, { field }]) => (field.field === 'attribute') === (kind === 'attribute'))
    .map(([name]) => name);
}
