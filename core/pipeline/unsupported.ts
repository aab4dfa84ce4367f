/**
 * Arguments that Alloy has and Spillway does not act on yet. They are declared, so that they are known by name, and refused
 * when they ask for something: a setting that is silently ignored is worse than an error.
 */
import { UnsupportedError } from '../alloy/component.ts';
import type { BodySchema } from '../alloy/schema.ts';

/** Throws UnsupportedError for the first of `names` whose value differs from its default. `path` is the block, "" for the component. */
export function refuseUnsupported(
  args: Readonly<Record<string, unknown>>,
  schema: BodySchema,
  names: readonly string[],
  path = '',
): void {
  for (const name of names) {
    const field = schema[name];
    if (field === undefined) throw new Error(`the schema has no field ${name}`);
    if (isDefault(args[name], field.field === 'attribute' ? field.default : undefined)) continue;
    throw new UnsupportedError(
      joinPath(path, name),
      field.field === 'attribute'
        ? `${name} is known to Alloy and not yet supported here; leave it out`
        : `block ${name} is known to Alloy and not yet supported here; leave it out`,
    );
  }
}

export function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The n-th block of a name, as ArgumentError names it. */
export function blockPath(path: string, name: string, index: number): string {
  return joinPath(path, `${name}[${index}]`);
}

function isDefault(value: unknown, defaultValue: unknown): boolean {
  if (value === undefined || value === defaultValue) return true;
  if (Array.isArray(value) && Array.isArray(defaultValue)) {
    return value.length === defaultValue.length && value.every((item, i) => item === defaultValue[i]);
  }
  return Array.isArray(value) && value.length === 0;
}
