/** A series as people type it: `up{job="node"}`, or `{app="shop"}` for a stream or a target. */
import { type Labels, LabelsBuilder, METRIC_NAME_LABEL } from '../labels/labels.ts';
import { isMetricName } from '../labels/names.ts';
import { OutcomeError } from '../outcome.ts';
import { parseLabelsText } from '../wire/labels-text.ts';
import { SimulationError } from './input.ts';

export const MAX_SERIES_TEXT = 64 * 1024;

/** A value behind it, as an exposition has it, is not looked at. Throws SimulationError. */
export function parseSeriesText(text: string): Labels {
  if (text.length > MAX_SERIES_TEXT) throw new SimulationError(`a series has at most ${MAX_SERIES_TEXT} characters`);
  const trimmed = text.trim();
  const open = trimmed.indexOf('{');
  const name = (open < 0 ? (trimmed.split(/\s/, 1)[0] ?? '') : trimmed.slice(0, open)).trim();
  if (name !== '' && !isMetricName(name)) throw new SimulationError(`${JSON.stringify(name)} is not a metric name`);
  const labels = open < 0 ? [] : readLabels(trimmed.slice(open, trimmed.lastIndexOf('}') + 1) || trimmed.slice(open));
  const builder = new LabelsBuilder(labels);
  if (name !== '' && builder.has(METRIC_NAME_LABEL)) throw new SimulationError('the metric has two names');
  if (name !== '') builder.set(METRIC_NAME_LABEL, name);
  if (builder.size === 0) throw new SimulationError('expected a series such as up{job="node"}');
  return builder.labels();
}

function readLabels(text: string): Labels {
  try {
    return parseLabelsText(text);
  } catch (error) {
    if (error instanceof OutcomeError) throw new SimulationError(error.message);
    throw error;
  }
}
