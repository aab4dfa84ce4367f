/**
 * Pyroscope's `/ingest`: labels stand in the query (`name=app.cpu{region=eu,host=a}`), the body is a profile in any of a
 * dozen formats and is not looked into. Names are read as Pyroscope reads them (api/model/labelset), quirks included:
 * quotes belong to a value, and a label that is not finished is skipped.
 */
import { type Labels, LabelsBuilder, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import type { IngestedProfile, ProfileSeries } from './profile-series.ts';
import { MAX_PROFILE_LABELS } from './push.ts';

export const PYROSCOPE_INGEST_PATH = '/ingest';

/** What servers on the way take as a URL. */
const MAX_QUERY_LENGTH = 8 * 1024;
const MAX_CONTENT_TYPE_LENGTH = 256;
const NAME = /^[-a-zA-Z0-9_./]+$/;
const LABEL_NAME = /^[a-zA-Z0-9_.]+$/;

/** `search` is the query of a parsed URL, with its "?" or empty. */
export function decodePyroscopeIngest(search: string, contentType: string, body: Uint8Array): ProfileSeries {
  const query = search.replace(/^\?/, '');
  if (query.length > MAX_QUERY_LENGTH) throw invalid(`the query is longer than ${MAX_QUERY_LENGTH} characters`);
  // It becomes a header of the request that carries the profile on.
  if (contentType.length > MAX_CONTENT_TYPE_LENGTH || !/^[\x20-\x7e]*$/.test(contentType)) {
    throw new OutcomeError('unsupported_media_type', 'the content type holds characters that a header cannot carry');
  }
  const labels = parseIngestName(new URLSearchParams(query).get('name') ?? '');
  const type = contentType === '' ? 'application/octet-stream' : contentType;
  return { labels, content: { kind: 'ingest', labels, query, contentType: type, body } };
}

/** Path and query for the labels that the series has now. */
export function ingestPath(labels: Labels, { query, labels: asItCame }: IngestedProfile): string {
  if (labels === asItCame) return `${PYROSCOPE_INGEST_PATH}?${query}`;
  const parameters = new URLSearchParams(query);
  parameters.set('name', formatIngestName(labels));
  return `${PYROSCOPE_INGEST_PATH}?${parameters.toString()}`;
}

export function parseIngestName(text: string): Labels {
  const brace = text.indexOf('{');
  const name = (brace < 0 ? text : text.slice(0, brace)).trim();
  if (!NAME.test(name)) throw invalid(`name: ${shown(name)} is not the name of an application`);
  const labels = new LabelsBuilder([{ name: METRIC_NAME_LABEL, value: name }]);
  let at = brace < 0 ? text.length : brace + 1;
  while (at < text.length) {
    const equals = text.indexOf('=', at);
    const close = text.indexOf('}', at);
    if (equals < 0 || (close >= 0 && close < equals)) break;
    const end = endOfValue(text, equals + 1);
    if (end < 0) break;
    const label = text.slice(at, equals).trim();
    if (!LABEL_NAME.test(label)) throw invalid(`name: ${shown(label)} is not a label name`);
    labels.set(label, text.slice(equals + 1, end).trim());
    if (labels.size > MAX_PROFILE_LABELS) {
      throw new OutcomeError('max_label_names_per_series', `the name has more than ${MAX_PROFILE_LABELS} labels`);
    }
    at = end + 1;
  }
  return labels.labels();
}

function endOfValue(text: string, from: number): number {
  for (let i = from; i < text.length; i++) if (text[i] === ',' || text[i] === '}') return i;
  return -1;
}

/** A value cannot hold the characters that end one: they become "_", so that no value turns into a label. */
export function formatIngestName(labels: Labels): string {
  const name = labels.find((label) => label.name === METRIC_NAME_LABEL)?.value ?? '';
  const pairs = labels
    .filter((label) => label.name !== METRIC_NAME_LABEL)
    .map((label) => `${label.name}=${label.value.replace(/[,}]/g, '_')}`);
  return `${name}{${pairs.join(',')}}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function invalid(problem: string): OutcomeError {
  return new OutcomeError('invalid_labels', problem);
}
