/** One series through lists of rules, one list after the other, and the picture of it for people and for programs. */
import { type Labels, LabelsBuilder } from '../../core/labels/labels.ts';
import type { NodeStep } from '../../core/pipeline/nodes.ts';
import { formatSeries, type Paint } from '../../core/simulate/report.ts';
import type { RuleSet } from './rule-sets.ts';

export interface ExplainedStep extends NodeStep {
  /** The list it belongs to, and where it stands. */
  readonly set: string;
  readonly place: string;
  readonly after: Labels;
}

export interface ExplainedSeries {
  readonly series: Labels;
  /** The lists it goes through. */
  readonly way: readonly string[];
  readonly kept: boolean;
  readonly labels: Labels;
  readonly steps: readonly ExplainedStep[];
}

export function explainSeries(series: Labels, sets: readonly RuleSet[]): ExplainedSeries {
  const labels = new LabelsBuilder(series);
  const way = sets.map(({ name }) => name);
  const steps: ExplainedStep[] = [];
  for (const { name, explain, place } of sets) {
    for (const step of explain(labels.labels())) {
      for (const change of step.changes) labels.set(change.name, change.after);
      steps.push({ ...step, set: name, place: place(step.path), after: labels.labels() });
      if (!step.kept) return { series, way, kept: false, labels: labels.labels(), steps };
    }
  }
  // A series without labels is none: components drop it.
  return { series, way, kept: labels.size > 0, labels: labels.labels(), steps };
}

export function explainedJson({ series, way, kept, labels, steps }: ExplainedSeries): unknown {
  const droppedBy = kept ? undefined : steps.findIndex((step) => !step.kept);
  return {
    series: formatSeries(series),
    way,
    kept,
    ...(droppedBy === undefined ? {} : { droppedBy }),
    labels: record(labels),
    steps: steps.map(({ after, ...step }, i) => ({
      ...step,
      before: record(i === 0 ? series : (steps[i - 1] as ExplainedStep).after),
      after: record(after),
    })),
  };
}

function record(labels: Labels): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]));
}

/** The series, a line for each rule with its changes below, and the end; or the series and the end alone. */
export function explainedText(explained: ExplainedSeries, paint: Paint, withSteps = true): string {
  const { series, kept, labels, steps } = explained;
  const lines = [paint('bold', formatSeries(series))];
  let set = '';
  for (const step of withSteps ? steps : []) {
    if (step.set !== set) lines.push(`  ${paint('cyan', step.set)}`);
    ({ set } = step);
    lines.push(stepLine(step, paint));
    for (const change of step.changes) lines.push(`      ${changeText(change, paint)}`);
    if (step.note !== undefined) lines.push(`      ${paint('yellow', `! ${step.note}`)}`);
  }
  lines.push(kept ? `  ${paint('green', '=')} ${formatSeries(labels)}` : `  ${paint('red', endText(steps))}`);
  if (kept && !withSteps) lines.push(`    ${paint('dim', explained.way.join(' -> '))}`);
  return `${lines.join('\n')}\n`;
}

function stepLine(step: ExplainedStep, paint: Paint): string {
  const { path, action, kept, changes, place } = step;
  const verdict = kept ? (changes.length === 0 ? paint('dim', '  no change') : '') : paint('red', '  drops');
  const head = path === action ? path : `${path} ${action}`;
  return `    ${head}${saidOf(step)}${verdict}${place === '' ? '' : paint('dim', `  ${place}`)}`;
}

/** `"a;b" matches "(.+);b"` */
function saidOf({ source, matched, pattern }: ExplainedStep): string {
  if (matched === undefined) return source === undefined ? '' : `  ${JSON.stringify(source)}`;
  const what = source === undefined ? (matched ? 'a name' : 'no name') : JSON.stringify(source);
  const says = source === undefined || matched ? 'matches' : 'does not match';
  return `  ${what} ${says} ${JSON.stringify(pattern)}`;
}

function changeText({ name, before, after }: NodeStep['changes'][number], paint: Paint): string {
  if (before === '') return paint('green', `+ ${name} = ${JSON.stringify(after)}`);
  if (after === '') return paint('red', `- ${name} = ${JSON.stringify(before)}`);
  return paint('yellow', `~ ${name} = ${JSON.stringify(before)} -> ${JSON.stringify(after)}`);
}

function endText(steps: readonly ExplainedStep[]): string {
  const last = steps.at(-1);
  if (last === undefined || last.kept) return 'x dropped: no label is left';
  return `x dropped by ${last.path} of ${last.set}${last.place === '' ? '' : ` (${last.place})`}`;
}
