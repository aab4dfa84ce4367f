/** Stages of `loki.process` that use a value which no stage before them extracts. */
import type { Block, Expression } from '../../alloy/ast.ts';
import { nearest } from '../../alloy/nearest.ts';
import { type Flow, presenceIn, unknownFlow } from '../flow.ts';
import { extractedBy } from '../log-stages.ts';
import type { LintRule, Report } from '../rule.ts';
import { attribute, blocksIn, type Reader, unwrapped } from '../syntax.ts';

export const valueNeverExtracted: LintRule = {
  name: 'value_never_extracted',
  check({ model, read, flows, wired }, report) {
    if (!wired) return;
    for (const node of model.components('loki.process')) {
      const arriving = flows.into(node);
      const checker = new StageChecker(read, report, arriving.length === 0 ? [unknownFlow(node.id)] : arriving);
      checker.stages(blocksIn(node.block), new Set());
    }
  },
};

interface Wanted {
  readonly name: string;
  readonly place: Expression;
}

class StageChecker {
  readonly #read: Reader;
  readonly #report: Report;
  /** Values begin as a copy of the labels that the line comes with. */
  readonly #labels: readonly Flow[];
  #open = false;

  constructor(read: Reader, report: Report, labels: readonly Flow[]) {
    this.#read = read;
    this.#report = report;
    this.#labels = labels;
  }

  stages(stages: readonly Block[], extracted: Set<string>): void {
    for (const [i, stage] of stages.entries()) {
      if (!this.#open) {
        for (const wanted of wantedBy(stage, this.#read)) this.#want(wanted, stage, extracted, stages.slice(i + 1));
      }
      if (stage.name === 'stage.match') {
        this.stages(blocksIn(stage), extracted);
        continue;
      }
      const names = extractedBy(stage, this.#read);
      if (names === undefined) this.#open = true;
      else for (const name of names) extracted.add(name);
    }
  }

  #want({ name, place }: Wanted, stage: Block, extracted: ReadonlySet<string>, later: readonly Block[]): void {
    if (extracted.has(name)) return;
    const after = later.find((each) => extractedBy(each, this.#read)?.includes(name));
    const meant = nearest(name, extracted);
    // Where the labels of the line are not known it may be one of them; a slip of the pen shows all the same.
    const mayBeLabel = presenceIn(this.#labels, name) !== 'never';
    if (mayBeLabel && (meant === undefined || name.length < 4)) return;
    const hint =
      after !== undefined
        ? `${after.name} extracts it later, in line ${after.span.source.position(after.span.start).line}; move that stage up`
        : meant !== undefined
          ? `did you mean ${JSON.stringify(meant)}?`
          : 'extract it before, for instance with stage.json, stage.logfmt or stage.regex';
    this.#report(place.span, `no stage before this ${stage.name} extracts ${JSON.stringify(name)}`, { hint });
  }
}

const WITH_SOURCE: ReadonlySet<string> = new Set([
  'stage.timestamp',
  'stage.output',
  'stage.json',
  'stage.logfmt',
  'stage.regex',
  'stage.pattern',
  'stage.tenant',
  'stage.geoip',
]);

function wantedBy(stage: Block, read: Reader): readonly Wanted[] {
  if (WITH_SOURCE.has(stage.name)) {
    const source = attribute(stage, 'source');
    const name = source === undefined ? undefined : read.text(source.value);
    return source === undefined || !name ? [] : [{ name, place: source.value }];
  }
  if (stage.name !== 'stage.labels' && stage.name !== 'stage.structured_metadata') return [];
  const from = read.attributeText(stage, 'source_type', 'extracted');
  const values = attribute(stage, 'values');
  const map = values === undefined ? undefined : unwrapped(values.value);
  if (map?.kind !== 'object' || from !== 'extracted') return [];
  return map.fields.flatMap((field) => {
    const text = read.value(field.value) === null ? '' : read.text(field.value);
    return text === undefined ? [] : [{ name: text === '' ? field.name : text, place: field.value }];
  });
}
