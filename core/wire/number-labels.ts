/**
 * Values of `le` and `quantile` that are numbers, as Prometheus 3 and Alloy store them: `1`, `1.0` and `1e0` are `1.0`. An
 * exporter is one set of series then, whichever format it is read in.
 */
import { encodeUtf8 } from '../bytes/utf8.ts';
import type { Label } from '../labels/labels.ts';
import type { MetricType } from './exposition/exposition.ts';
import { parseFloatBytes } from './exposition/float.ts';
import { formatOpenMetricsFloat } from './go-float.ts';

/** `type`: what the last TYPE line said, of whatever family it was. */
export function normaliseNumberLabels(labels: readonly Label[], type: MetricType | undefined): readonly Label[] {
  const wanted = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
  if (wanted === undefined) return labels;
  return labels.map((label) => (label.name === wanted ? { name: wanted, value: normalNumber(label.value) } : label));
}

function normalNumber(text: string): string {
  const bytes = encodeUtf8(text);
  const number = parseFloatBytes(bytes, 0, bytes.length);
  return number === undefined ? text : formatOpenMetricsFloat(number);
}
