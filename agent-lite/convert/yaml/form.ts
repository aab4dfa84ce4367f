/**
 * Declares what a YAML configuration may say. A form reads a node into a value, or says what is wrong with it and where;
 * reading goes on after a mistake, so that all are reported at once. Every field may be missing: what a program does then
 * is for the converters to know.
 */
import { isMap, isSeq, type Node } from 'yaml';
import { didYouMean } from '../../../core/alloy/nearest.ts';
import type { YamlSource } from './source.ts';

export interface Form<T> {
  /** `path` names the place in messages: `scrape_configs[0].static_configs`. */
  read(node: Node, source: YamlSource, path: string): T | undefined;
  /** What a field means that is named without a value. Without this, nothing. */
  readonly empty?: () => T;
}

export type Read<F> = F extends Form<infer T> ? T : never;
export type Fields = Readonly<Record<string, Form<unknown>>>;
export type ReadFields<S extends Fields> = { readonly [K in keyof S]?: Read<S[K]> };

export function readRoot<T>(form: Form<T>, source: YamlSource): T | undefined {
  const node = source.resolve(source.root);
  return node === undefined ? form.empty?.() : form.read(node, source, '');
}

export function mapping<S extends Fields>(
  fields: S,
  options: { required?: readonly (keyof S & string)[] } = {},
): Form<ReadFields<S>> {
  return {
    read(node, source, path) {
      if (!isMap(node)) return refuse(source, node, path, 'expected a mapping');
      const values: Record<string, unknown> = {};
      for (const { name, key, value } of source.fields(node)) {
        if (!Object.hasOwn(fields, name)) {
          const { hint } = didYouMean(name, Object.keys(fields));
          source.refuseField(key, `field ${name} not found in ${place(path)}${hint === undefined ? '' : `, ${hint}`}`);
          continue;
        }
        const read = readField(fields[name]!, value, source, path === '' ? name : `${path}.${name}`);
        if (read !== undefined) values[name] = read;
      }
      for (const name of options.required ?? []) {
        if (values[name] === undefined) source.refuse(node, `field ${name} is required in ${place(path)}`);
      }
      return values as ReadFields<S>;
    },
  };
}

/** A mapping whose presence means something: `grpc:` without a value is as good as `grpc: {}`. */
export function presence<S extends Fields>(fields: S): Form<ReadFields<S>> {
  return { ...mapping(fields), empty: () => ({}) as ReadFields<S> };
}

export function list<T>(form: Form<T>): Form<readonly T[]> {
  return {
    read(node, source, path) {
      if (!isSeq(node)) return refuse(source, node, path, 'expected a list');
      return node.items.flatMap((item, i): T[] => {
        const read = readField(form, item, source, `${path}[${i}]`);
        return read === undefined ? [] : [read];
      });
    },
  };
}

/** Names of the user's choice, such as labels. */
export function mapOf<T>(form: Form<T>): Form<ReadonlyMap<string, T>> {
  return {
    read(node, source, path) {
      if (!isMap(node)) return refuse(source, node, path, 'expected a mapping');
      const values = new Map<string, T>();
      for (const { name, value } of source.fields(node)) {
        const read = readField(form, value, source, `${path}.${name}`);
        if (read !== undefined) values.set(name, read);
      }
      return values;
    },
  };
}

/** A part that is only looked at to say that it is not converted. Reads as true. */
export const anything: Form<true> = { read: () => true };

/** A part that is handed on as YAML, whatever stands in it. */
export const plain: Form<unknown> = { read: (node, source) => source.toPlain(node) };

export function readField<T>(form: Form<T>, value: unknown, source: YamlSource, path: string): T | undefined {
  const node = source.resolve(value);
  return node === undefined ? form.empty?.() : form.read(node, source, path);
}

export function refuse(source: YamlSource, node: unknown, path: string, message: string): undefined {
  source.refuse(node, `${place(path)}: ${message}`);
  return undefined;
}

function place(path: string): string {
  return path === '' ? 'the configuration' : path;
}
