/** Writes blocks as Alloy text. Its layout is rough: the printer of core/alloy formats it afterwards. */
import { formatDuration } from '../../../core/alloy/duration.ts';
import { formatFile } from '../../../core/alloy/printer.ts';
import { quote } from '../../../core/alloy/quote.ts';
import type { Block, Statement } from './block.ts';
import { isIdentifier } from './identifier.ts';
import { type AlloyMap, type AlloyValue, Concat, Duration, Expression, formatSize, Size } from './value.ts';

export function renderBlocks(blocks: readonly Block[]): string {
  if (blocks.length === 0) return '';
  const formatted = formatFile(blocks.map(renderStatement).join('\n'), 'converted.alloy');
  if (formatted.ok) return formatted.text;
  throw new Error(`the converter wrote text that does not parse: ${formatted.diagnostics[0]?.message}`);
}

function renderStatement(statement: Statement): string {
  if (statement.kind === 'attribute') return `${statement.name} = ${renderValue(statement.value)}\n`;
  const label = statement.label === '' ? '' : ` "${statement.label}"`;
  if (statement.body.length === 0) return `${statement.name}${label} { }\n`;
  return `${statement.name}${label} {\n${statement.body.map(renderStatement).join('')}}\n`;
}

function renderValue(value: AlloyValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return renderNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Duration) return quote(formatDuration(value.ms));
  if (value instanceof Size) return quote(formatSize(value.bytes));
  if (value instanceof Expression) return value.text;
  if (value instanceof Concat)
    return `array.concat(\n${value.parts.map((part) => `${renderValue(part)},\n`).join('')})`;
  if (value instanceof Map) return renderMap(value);
  return `[${(value as readonly AlloyValue[]).map(renderValue).join(', ')}]`;
}

/** JavaScript's `1e+21` is a number in Alloy as well. */
function renderNumber(value: number): string {
  return Object.is(value, -0) ? '0' : String(value);
}

function renderMap(map: AlloyMap): string {
  if (map.size === 0) return '{}';
  const fields = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = fields.map(([name, value]) => `${isIdentifier(name) ? name : quote(name)} = ${renderValue(value)},\n`);
  return `{\n${lines.join('')}}`;
}
