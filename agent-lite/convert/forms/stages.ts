/** Stages of Promtail's pipelines in YAML. A mistake in one is an error of that stage and does not hinder the others. */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { type Form, list, mapOf, mapping, presence, type Read, readField, refuse } from '../yaml/form.ts';
import {
  bool,
  byteSize,
  float,
  goDuration,
  int,
  scalarText,
  text,
  textList,
  textMap,
  textOrNull,
} from '../yaml/scalars.ts';
import type { YamlSource } from '../yaml/source.ts';

/** A list of sources is written with commas between them, as the stages read it. */
const sources: Form<string> = {
  read(node, source, path) {
    if (!isSeq(node)) return text.read(node, source, path);
    return textList.read(node, source, path)?.join(',');
  },
};

const metricForm = mapping({
  type: text,
  description: text,
  source: text,
  prefix: text,
  max_idle_duration: goDuration,
  config: presence({
    match_all: bool,
    count_entry_bytes: bool,
    value: text,
    action: text,
    buckets: list(float),
    max_idle_sec: int,
  }),
});
export type MetricForm = Read<typeof metricForm>;

const optionalSource = mapOf(textOrNull);

const simpleForms = {
  json: mapping({ expressions: mapOf(emptyText()), source: text, drop_malformed: bool }),
  logfmt: mapping({ mapping: mapOf(emptyText()), source: text }),
  regex: mapping({ expression: text, source: text }),
  replace: mapping({ expression: text, source: text, replace: text }),
  metrics: mapOf(metricForm),
  labels: optionalSource,
  labeldrop: textList,
  labelallow: textList,
  static_labels: optionalSource,
  structured_metadata: optionalSource,
  timestamp: mapping({
    source: text,
    format: text,
    fallback_formats: textList,
    location: text,
    action_on_failure: text,
  }),
  output: mapping({ source: text }),
  docker: presence({}),
  cri: presence({ max_partial_lines: int, max_partial_line_size: byteSize, max_partial_line_size_truncate: bool }),
  template: mapping({ source: text, template: text }),
  tenant: mapping({ label: text, source: text, value: text }),
  drop: presence({
    source: sources,
    separator: text,
    value: text,
    expression: text,
    older_than: goDuration,
    longer_than: byteSize,
    drop_counter_reason: text,
  }),
  sampling: mapping({ rate: float, drop_counter_reason: text }),
  limit: mapping({ rate: float, burst: int, drop: bool, by_label_name: text, max_distinct_labels: int }),
  multiline: mapping({ firstline: text, max_lines: int, max_wait_time: goDuration }),
  pack: mapping({ labels: textList, ingest_timestamp: bool }),
  decolorize: presence({}),
  eventlogmessage: presence({ source: text, drop_invalid_labels: bool, overwrite_existing: bool }),
  geoip: mapping({ db: text, source: text, db_type: text, custom_lookups: textMap }),
};

type SimpleForms = { readonly [K in keyof typeof simpleForms]: Read<(typeof simpleForms)[K]> };

/** Written out, because it holds stages itself. */
export interface MatchForm {
  readonly selector?: string;
  readonly stages?: readonly Stage[];
  readonly action?: string;
  readonly pipeline_name?: string;
  readonly drop_counter_reason?: string;
}

export type StageForms = SimpleForms & { readonly match: MatchForm };
export type StageName = keyof StageForms;

export type Stage = { readonly [K in StageName]: KnownStage<K> }[StageName] | BrokenStage;

export interface KnownStage<K extends StageName> {
  readonly name: K;
  readonly config: StageForms[K];
  /** What is wrong with parts of it, with lines. */
  readonly problems: readonly string[];
}

/** One that is not known, or whose configuration cannot be read at all. */
export interface BrokenStage {
  readonly name: undefined;
  readonly problems: readonly string[];
}

export const stageList: Form<readonly Stage[]> = {
  read: (node, source, path) => list(stage).read(node, source, path),
};

const stageForms: { readonly [K in StageName]: Form<StageForms[K]> } = {
  ...simpleForms,
  match: mapping({
    selector: text,
    stages: stageList,
    action: text,
    pipeline_name: text,
    drop_counter_reason: text,
  }),
};

const stage: Form<Stage> = {
  read(node, source, path) {
    if (!isMap(node)) {
      const written = isScalar(node) ? (scalarText(node) ?? '') : '';
      return refuse(source, node, path, `each stage must be a mapping, with a ":" after its name: "- ${written}:"`);
    }
    const [field, ...others] = source.fields(node);
    if (field === undefined || others.length > 0) {
      return refuse(source, node, path, 'each pipeline stage must contain exactly one key');
    }
    return readStage(field.name, field.value, node, source, `${path}.${field.name}`);
  },
};

function readStage(name: string, value: unknown, node: Node, source: YamlSource, path: string): Stage {
  if (!Object.hasOwn(stageForms, name)) {
    const problem = `The converter does not support converting the provided pipeline stage: ${name} (line ${source.lineOf(node)})`;
    return { name: undefined, problems: [problem] };
  }
  const known = name as StageName;
  const { read: config, mistakes } = source.apart(() =>
    readField(stageForms[known] as Form<unknown>, value, source, path),
  );
  const problems = mistakes.map(({ line, message }) => `invalid pipeline stage config: line ${line}: ${message}`);
  // A stage with half of its conditions could drop what it should not; a field that Promtail ignores does no harm.
  const readable = mistakes.every(({ unknownField }) => unknownField);
  if (config !== undefined && readable) return { name: known, config, problems } as Stage;
  const nothing = `invalid pipeline stage config: line ${source.lineOf(node)}: ${name} has no configuration`;
  return { name: undefined, problems: problems.length > 0 ? problems : [nothing] };
}

function emptyText(): Form<string> {
  return { read: text.read, empty: () => '' };
}
