/** `array.*`: joining and grouping lists, mostly lists of targets. */
import { t } from '../schema.ts';
import { CallError, ValueError } from '../value-error.ts';
import { isArray, isObject, typeName, valuesEqual } from '../value-kind.ts';
import type { FunctionValue, ObjectValue, Value } from '../value-types.ts';
import { MAX_ELEMENTS } from '../weight.ts';
import { variadic } from './function.ts';

const concat = variadic('array.concat', [], t.list(t.any), (_, lists) => {
  const length = lists.reduce((sum, list) => sum + list.length, 0);
  if (length > MAX_ELEMENTS) throw new ValueError(`result would have more than ${MAX_ELEMENTS} elements`);
  return lists.length === 1 ? lists[0]! : lists.flat();
});

const combineMaps: FunctionValue = {
  kind: 'function',
  name: 'array.combine_maps',
  call(args) {
    if (args.length !== 3 && args.length !== 4) {
      throw new CallError(`combine_maps: expected 3 or 4 arguments, got ${args.length}`);
    }
    const left = objects(args, 0);
    const right = objects(args, 1);
    const keys = texts(args, 2);
    if (keys.length === 0) throw new CallError('combine_maps: merge conditions must not be empty', 2);
    const passThrough = args[3] ?? false;
    if (typeof passThrough !== 'boolean') throw new CallError(`should be bool, got ${typeName(passThrough)}`, 3);
    if (left.length * right.length > MAX_ELEMENTS) throw new CallError('combine_maps: the lists are too long');
    return joinObjects(left, right, keys, passThrough);
  },
};

const groupBy = variadic('array.group_by', [t.list(t.any), t.string], t.bool, ([list, key], rest) => {
  if (rest.length > 1) throw new CallError(`group_by: expected 3 arguments, got ${rest.length + 2}`);
  const dropMissing = rest[0] ?? false;
  const groups = new Map<string, Value[]>();
  list.forEach((item, i) => {
    if (!isObject(item)) throw new CallError(`should be object, got ${typeName(item)}`, 0, [i]);
    const value = item.get(key);
    if (value === undefined && dropMissing) return;
    const group = value ?? '';
    if (typeof group !== 'string') throw new CallError(`should be string, got ${typeName(group)}`, 0, [i, key]);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [item]);
    else members.push(item);
  });
  return [...groups].map(
    ([value, items]) =>
      new Map<string, Value>([
        [key, value],
        ['items', items],
      ]),
  );
});

export const arrayFunctions: readonly FunctionValue[] = [concat, combineMaps, groupBy];

function joinObjects(
  left: readonly ObjectValue[],
  right: readonly ObjectValue[],
  keys: readonly string[],
  passThrough: boolean,
): Value[] {
  const joined: Value[] = [];
  if (right.length === 0) return joined;
  for (const a of left) {
    const matches = right.filter((b) => keys.every((key) => sameField(a, b, key)));
    for (const b of matches) joined.push(new Map([...a, ...b]));
    if (matches.length === 0 && passThrough) joined.push(a);
  }
  return joined;
}

function sameField(a: ObjectValue, b: ObjectValue, key: string): boolean {
  return a.has(key) && b.has(key) && valuesEqual(a.get(key)!, b.get(key)!);
}

function objects(args: readonly Value[], index: number): ObjectValue[] {
  return array(args, index).map((item, i) => {
    if (!isObject(item)) throw new CallError(`should be object, got ${typeName(item)}`, index, [i]);
    return item;
  });
}

function texts(args: readonly Value[], index: number): string[] {
  return array(args, index).map((item, i) => {
    if (typeof item !== 'string') throw new CallError(`should be string, got ${typeName(item)}`, index, [i]);
    return item;
  });
}

function array(args: readonly Value[], index: number): readonly Value[] {
  const value = args[index]!;
  if (!isArray(value)) throw new CallError(`should be array, got ${typeName(value)}`, index);
  return value;
}
