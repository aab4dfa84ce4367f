/** Differences between two states of an item, in the order of names. */
import type { Labels } from '../labels/labels.ts';
import type { Extracted, StageEntry } from '../pipeline/stages/entry.ts';
import type { Change } from './trace.ts';

/** A line as a stage meets it. Copied, because stages change entries in place. */
export interface LineSnapshot {
  readonly labels: Labels;
  readonly metadata: Labels;
  readonly extracted: ReadonlyMap<string, string>;
  readonly line: string;
  readonly timestampNs: bigint;
}

export function snapshot(entry: StageEntry): LineSnapshot {
  const { labels, metadata, line, timestampNs } = entry;
  const extracted = new Map(entry.allExtracted().map(([name, value]) => [name, extractedText(value)] as const));
  return { labels, metadata, line, timestampNs, extracted };
}

function extractedText(value: Extracted): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function lineChanges(before: LineSnapshot, after: LineSnapshot): Change[] {
  return [
    ...mapChanges('extracted', before.extracted, after.extracted),
    ...labelChanges('label', before.labels, after.labels),
    ...labelChanges('metadata', before.metadata, after.metadata),
    ...(before.line === after.line
      ? []
      : [{ what: 'line', name: '', before: before.line, after: after.line } as const]),
    ...(before.timestampNs === after.timestampNs
      ? []
      : [
          {
            what: 'timestamp',
            name: '',
            before: String(before.timestampNs),
            after: String(after.timestampNs),
          } as const,
        ]),
  ];
}

export function labelChanges(what: Change['what'], before: Labels, after: Labels): Change[] {
  const toMap = (labels: Labels) => new Map(labels.map(({ name, value }) => [name, value] as const));
  return mapChanges(what, toMap(before), toMap(after));
}

function mapChanges(
  what: Change['what'],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Change[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ what, name, before: before.get(name), after: after.get(name) }));
}
