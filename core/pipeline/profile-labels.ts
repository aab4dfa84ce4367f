/** Changing the labels of profiles. A batch that is left as it was is the same object, and its bytes go on as they came. */
import type { Labels } from '../labels/labels.ts';
import { LabelsBuilder } from '../labels/labels.ts';
import type { ProfileSeries, ProfilesBatch } from './signals.ts';

/** `change` returns the labels it was given where it changes nothing, and undefined for a series that is dropped. */
export function mapProfileLabels(
  batch: ProfilesBatch,
  change: (labels: Labels, series: ProfileSeries) => Labels | undefined,
): ProfilesBatch {
  let changed = false;
  const series: ProfileSeries[] = [];
  for (const one of batch.series) {
    const labels = change(one.labels, one);
    if (labels !== one.labels) changed = true;
    if (labels !== undefined) series.push(labels === one.labels ? one : { ...one, labels });
  }
  return changed ? { signal: 'profiles', series } : batch;
}

/** The same labels where all of these are set already. */
export function withLabels(labels: Labels, set: readonly (readonly [name: string, value: string])[]): Labels {
  const isSet = ([name, value]: readonly [string, string]) =>
    labels.some((label) => label.name === name && label.value === value);
  if (set.every(isSet)) return labels;
  const builder = new LabelsBuilder(labels);
  for (const [name, value] of set) builder.set(name, value);
  return builder.labels();
}
