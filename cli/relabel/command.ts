/**
 * `spillway relabel --explain --config FILE SERIES…`: what each relabel rule makes of a series. Ends with 0 where every
 * series is kept, 1 where one is dropped, and 2 where the file or a series cannot be read.
 */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { decodeSourceText } from '../../core/alloy/source.ts';
import { type Labels, METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import { SimulationError } from '../../core/simulate/input.ts';
import { coloured, formatSeries, plain } from '../../core/simulate/report.ts';
import { parseSeriesText } from '../../core/simulate/series-text.ts';
import { repeatable } from '../admin/arguments.ts';
import { explainedJson, explainedText, explainSeries } from './explain.ts';
import { alloyRuleSets, type RuleSet, type RuleSets, type Way, yamlRuleSets } from './rule-sets.ts';
import { RelabelYamlError } from './yaml-rules.ts';

const EXIT_DROPPED = 1;
const EXIT_USAGE = 2;

export interface RelabelOptions {
  readonly config: string;
  readonly component: readonly string[];
  readonly explain?: boolean;
  readonly json?: boolean;
  readonly color: string;
}

/** A mistake in what was given; the message is all that is printed. */
export class RelabelUsageError extends Error {}

export function addRelabelCommand(program: Command): void {
  program
    .command('relabel')
    .description('show what relabel rules make of series; ends with 1 if one of them is dropped')
    .argument(
      '[series...]',
      'such as \'up{job="node"}\', or \'{app="shop"}\' for a log stream; without any, one a line is read from stdin',
    )
    .requiredOption('--config <file>', 'an Alloy file, or relabel_configs in YAML (.yml, .yaml, .json)')
    .addOption(
      repeatable(
        '--component <id>',
        'the rules of this component alone, of several in turn',
        'every way through the file',
      ),
    )
    .option('--explain', 'show every rule, not the result alone')
    .option('--json', 'print JSON')
    .option('--color <when>', 'auto, always or never', 'auto')
    .action(async (series: string[], options: RelabelOptions) => {
      try {
        const { text, code } = relabel(series.length > 0 ? series : await stdinLines(), options);
        process.stdout.write(text);
        process.exitCode = code;
      } catch (error) {
        if (!(error instanceof RelabelUsageError || error instanceof SimulationError)) throw error;
        console.error(`error: ${error.message}`);
        process.exitCode = EXIT_USAGE;
      }
    });
}

/** Throws RelabelUsageError and SimulationError. */
export function relabel(
  lines: readonly string[],
  options: RelabelOptions,
): { readonly text: string; readonly code: number } {
  const paint = usesColor(options.color) ? coloured : plain;
  const waysOf = wayFinder(options);
  const explained = lines.map((line) => {
    const series = parseSeriesText(line);
    return waysOf(series).map((way) => explainSeries(series, way));
  });
  const text =
    options.json === true
      ? `${JSON.stringify(explained.flat().map(explainedJson), null, 2)}\n`
      : explained
          .flat()
          .map((each) => explainedText(each, paint, options.explain === true))
          .join('\n');
  // One destination that gets it is enough.
  return { text, code: explained.every((each) => each.some(({ kept }) => kept)) ? 0 : EXIT_DROPPED };
}

/** Labels with a metric's name are a series, others a log stream; to the rules of chosen components they are labels. */
function wayFinder({ config, component }: RelabelOptions): (item: Labels) => readonly Way[] {
  const { sets, ways } = readRuleSets(config);
  const names = sets.map(({ name }) => name).join(', ');
  if (sets.length === 0) throw new RelabelUsageError(`${config} has no relabel rules`);
  if (component.length > 0) {
    const chosen = [component.map((name) => setOf(name, sets, config))];
    return () => chosen;
  }
  const { metrics, logs } = ways;
  if (metrics.length === 0 && logs.length === 0) {
    if (sets.length > 1) throw new RelabelUsageError(`${config} has rules in ${names}: choose with --component`);
    return () => [sets];
  }
  return (item) => {
    const isSeries = item.some(({ name }) => name === METRIC_NAME_LABEL);
    const found = isSeries ? metrics : logs;
    if (found.length > 0) return found;
    const what = isSeries ? 'is a series' : 'has no metric name, so it is a log stream';
    const others = isSeries ? 'series' : 'log streams';
    throw new RelabelUsageError(
      `${formatSeries(item)} ${what}, and ${basename(config)} has no relabel rules for ${others}; choose with --component from ${names}`,
    );
  };
}

function setOf(wanted: string, sets: readonly RuleSet[], config: string): RuleSet {
  const found = sets.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = sets.map(({ name }) => name).join(', ');
  throw new RelabelUsageError(`${config} has no rules of ${wanted}; there are ${names}`);
}

function readRuleSets(path: string): Extract<RuleSets, { ok: true }> {
  const text = readText(path);
  const filename = basename(path);
  try {
    const found = isYaml(path) ? yamlRuleSets(filename, text) : alloyRuleSets({ filename, text });
    if (found.ok) return found;
    throw new RelabelUsageError(
      `${path} cannot be loaded\n${formatDiagnostics(found.diagnostics, [{ filename, text }])}`,
    );
  } catch (error) {
    if (error instanceof RelabelYamlError) throw new RelabelUsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new RelabelUsageError((error as Error).message);
  }
  const text = decodeSourceText(bytes);
  if (text === undefined) throw new RelabelUsageError(`${path}: not UTF-8 text`);
  return text;
}

function isYaml(path: string): boolean {
  return ['.yml', '.yaml', '.json'].includes(extname(path).toLowerCase());
}

function usesColor(when: string): boolean {
  if (when === 'always' || when === 'never') return when === 'always';
  if (when !== 'auto') throw new RelabelUsageError(`--color=${when}: it must be auto, always or never`);
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}

async function stdinLines(): Promise<string[]> {
  if (process.stdin.isTTY === true) throw new RelabelUsageError('give a series, such as \'up{job="node"}\'');
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  const lines = Buffer.concat(chunks).toString('utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}
