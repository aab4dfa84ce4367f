/** A simulation for people: each item, then component by component what changed, in indented lines. */
import { formatLabels, type Labels, METRIC_NAME_LABEL } from '../labels/labels.ts';
import { formatTime } from './time.ts';
import type { Change, Hop, ItemState, Simulation, Trace, TraceStep } from './trace.ts';

export type Style = 'dim' | 'bold' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

const CODES: Readonly<Record<Style, number>> = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 };

export const coloured: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;

export function formatSimulation({ traces }: Simulation, paint: Paint = plain): string {
  return traces.map((trace) => formatTrace(trace, paint)).join('\n');
}

function formatTrace({ number, input, ways }: Trace, paint: Paint): string {
  const head =
    input === undefined ? paint('bold', 'end of input') : `${paint('bold', `${number}.`)} ${formatState(input)}`;
  const lines = [head];
  for (const { from, hops } of ways) {
    lines.push(`   ${paint('dim', `enters at ${from.join(', ')}`)}`);
    if (hops.length === 0) lines.push(`   ${paint('red', 'x')} nothing takes it`);
    for (const hop of hops) lines.push(...formatHop(hop, '   ', paint));
  }
  return `${lines.join('\n')}\n`;
}

function formatHop(hop: Hop, indent: string, paint: Paint): string[] {
  const inner = `${indent}  `;
  const note = hop.kind === 'stand_in' ? paint('dim', ' (not simulated: passes everything)') : '';
  const lines = [`${indent}${paint('cyan', hop.destination ?? hop.componentId)}${note}`];
  for (const step of hop.steps) lines.push(...formatStep(step, inner, paint));
  for (const { state, next } of hop.results) {
    const arrow = hop.url ? paint('dim', ` -> ${hop.url}`) : '';
    const isEnd = hop.kind === 'destination' || hop.kind === 'consumer';
    lines.push(`${inner}${paint(isEnd ? 'green' : 'bold', '=')} ${formatState(state)}${arrow}`);
    for (const each of next) lines.push(...formatHop(each, inner, paint));
  }
  if (hop.end !== undefined) lines.push(`${inner}${formatEnd(hop.end, paint)}`);
  return lines;
}

function formatEnd({ outcome, reason, step }: NonNullable<Hop['end']>, paint: Paint): string {
  const where = step === undefined || step.path === '' ? '' : ` by ${step.path}${placeOf(step)}`;
  if (outcome === 'held') return paint('yellow', `~ held${where}: ${reason}`);
  const word = outcome === 'dropped' ? 'dropped' : outcome === 'refused' ? 'refused' : 'lost';
  return paint('red', `x ${word}${where}: ${reason}`);
}

function placeOf({ filename, line }: TraceStep): string {
  return line === 0 ? '' : ` (${filename}:${line})`;
}

function formatStep(step: TraceStep, indent: string, paint: Paint): string[] {
  const head = `${indent}${step.path || step.action}${step.path && step.action && step.path !== step.action ? ` ${step.action}` : ''}`;
  const place = step.line === 0 ? '' : paint('dim', `  line ${step.line}`);
  const said = saidOf(step);
  const changes = step.changes.map((change) => formatChange(change, paint));
  const nothing = step.outcome === 'passed' && changes.length === 0 && said === '' ? paint('dim', '  no change') : '';
  const first = `${head}${said}${nothing}${place}`;
  return [first, ...changes.map((change) => `${indent}  ${change}`)];
}

function saidOf({ source, matched, pattern, outcome }: TraceStep): string {
  if (outcome === 'held') return '  holds the line back';
  if (outcome === 'split') return '  makes several lines';
  if (source === undefined || matched === undefined) return '';
  return `  ${JSON.stringify(source)} ${matched ? 'matches' : 'does not match'} ${JSON.stringify(pattern)}`;
}

function formatChange({ what, name, before, after }: Change, paint: Paint): string {
  const subject = what === 'label' ? name : name === '' ? what : `${what} ${name}`;
  const show = (text: string) => (what === 'timestamp' ? formatTime(BigInt(text)) : JSON.stringify(text));
  if (before === undefined) return paint('green', `+ ${subject} = ${show(after ?? '')}`);
  if (after === undefined) return paint('red', `- ${subject} = ${show(before)}`);
  return paint('yellow', `~ ${subject} = ${show(before)} -> ${show(after)}`);
}

/** `up{job="a"} 1`, `{job="a"} | the line`, `{__address__="a:1"}`. */
export function formatState({ labels, value, line, metadata = [], timestampNs }: ItemState): string {
  const time = timestampNs === undefined ? '' : ` @${formatTime(timestampNs)}`;
  const more = metadata.length === 0 ? '' : ` ${formatLabels(metadata)}`;
  if (line !== undefined) return `${formatLabels(labels)}${more}${time} | ${formatLine(line)}`;
  if (value === undefined) return formatLabels(labels);
  return `${formatSeries(labels)} ${value}${time}`;
}

/** With the metric's name in front. */
export function formatSeries(labels: Labels): string {
  const name = labels.find((label) => label.name === METRIC_NAME_LABEL)?.value ?? '';
  const rest = labels.filter((label) => label.name !== METRIC_NAME_LABEL);
  return `${name}${rest.length === 0 && name !== '' ? '' : formatLabels(rest)}`;
}

/** As it is, or as a JSON text where it would not stay on one line. */
function formatLine(line: string): string {
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|^"|^\s|\s$/.test(line) ? JSON.stringify(line) : line;
}
