/** Values of the API as they would be written in a configuration. */
import type { ValueJson } from '../../core/alloy/alloy-json.ts';

const LINE_LENGTH = 72;

export function valueText(value: ValueJson, indent = ''): string {
  switch (value.type) {
    case 'null':
      return 'null';
    case 'string':
      return JSON.stringify(value.value);
    case 'number':
    case 'bool':
      return String(value.value);
    case 'function':
      return 'function';
    case 'capsule':
      return value.value;
    case 'array':
      return listText(
        '[',
        ']',
        value.value.map((item) => valueText(item, `${indent}  `)),
        indent,
      );
    case 'object':
      return listText(
        '{',
        '}',
        value.value.map(({ key, value: item }) => `${keyText(key)} = ${valueText(item, `${indent}  `)}`),
        indent,
      );
  }
}

function keyText(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : JSON.stringify(key);
}

/** On one line where it fits, else one item a line. */
function listText(open: string, close: string, items: readonly string[], indent: string): string {
  if (items.length === 0) return `${open}${close}`;
  const line = `${open}${items.join(', ')}${close}`;
  if (line.length + indent.length <= LINE_LENGTH && !line.includes('\n')) return line;
  const inner = items.map((item) => `${indent}  ${item},`).join('\n');
  return `${open}\n${inner}\n${indent}${close}`;
}
