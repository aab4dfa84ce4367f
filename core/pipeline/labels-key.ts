/** A text that is the same for equal label sets only, for maps in memory. Lengths keep values from imitating names. */
import type { Labels } from '../labels/labels.ts';

export function labelsKey(labels: Labels): string {
  let key = '';
  for (const { name, value } of labels) key += `${name.length}:${name}${value.length}:${value}`;
  return key;
}
