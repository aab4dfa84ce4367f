/** The converted configuration before it is text: blocks of attributes and blocks, in the order they are to be written. */
import type { AlloyValue } from './value.ts';

export interface Attribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly value: AlloyValue;
}

export interface Block {
  readonly kind: 'block';
  /** With dots: `prometheus.scrape`. */
  readonly name: string;
  /** '' where there is none. */
  readonly label: string;
  readonly body: Body;
  /** Left out when nothing in it differs from the defaults. */
  readonly dropEmpty: boolean;
}

export type Statement = Attribute | Block;
export type Body = readonly Statement[];
export type Values = Readonly<Record<string, AlloyValue | undefined>>;

/** In the order of the keys; what is undefined is left out. */
export function attributes(values: Values): Statement[] {
  return Object.entries(values).flatMap(([name, value]): Statement[] =>
    value === undefined ? [] : [{ kind: 'attribute', name, value }],
  );
}

/** Attributes that are called the same in both languages. */
export function same<T extends object, K extends keyof T & string>(
  form: Pick<T, K> & { readonly [N in K]?: AlloyValue | undefined },
  ...names: readonly K[]
): Statement[] {
  return attributes(Object.fromEntries(names.map((name) => [name, form[name]])));
}

/** A block that is written even when it is empty, because it being there means something. */
export function block(name: string, body: Body, label = ''): Block {
  return { kind: 'block', name, label, body, dropEmpty: false };
}

/** A block that says nothing when it is empty. */
export function optionalBlock(name: string, body: Body): Block {
  return { kind: 'block', name, label: '', body, dropEmpty: true };
}

/** A block for each, in order. */
export function blocks<T>(name: string, items: readonly T[] | undefined, body: (item: T) => Body): Block[] {
  return (items ?? []).map((item) => block(name, body(item)));
}

/** `prometheus.scrape.name`. */
export function blockId({ name, label }: Block): string {
  return label === '' ? name : `${name}.${label}`;
}
