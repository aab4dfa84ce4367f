/** The labels of a scraped series: what the target exposes and what it is labelled with, as honor_labels decides. */
import { type Label, type Labels, LabelsBuilder } from '../../core/labels/labels.ts';

/** `emptied`: labels that the target exposed with an empty value, which under honor_labels removes the target's own. */
export function mergeLabels(
  exposed: readonly Label[],
  target: Labels,
  honorLabels: boolean,
  emptied: ReadonlySet<string>,
): Labels {
  const builder = new LabelsBuilder(exposed);
  if (honorLabels) {
    for (const { name, value } of target) if (!builder.has(name) && !emptied.has(name)) builder.set(name, value);
    return builder.labels();
  }
  const conflicting: Label[] = [];
  for (const { name, value } of target) {
    if (builder.has(name)) conflicting.push({ name, value: builder.get(name) });
    builder.set(name, value);
  }
  // Shorter names first, so that the result does not depend on the order of labels (prometheus, scrape.go).
  conflicting.sort((a, b) => a.name.length - b.name.length);
  for (const { name, value } of conflicting) {
    let free = `exported_${name}`;
    while (builder.has(free)) free = `exported_${free}`;
    builder.set(free, value);
  }
  return builder.labels();
}
