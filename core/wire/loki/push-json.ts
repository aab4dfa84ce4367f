/**
 * The JSON form of Loki's push API: `{"streams":[{"stream":{…},"values":[["<ns>","line",{metadata}]]}]}`. Times should
 * be strings; a number is taken too, digit by digit as Loki does, though nanoseconds are beyond what a double holds.
 */
import { type Labels, LabelsBuilder, quoteLabelValue } from '../../labels/labels.ts';
import { isLabelName } from '../../labels/names.ts';
import { OutcomeError } from '../../outcome.ts';
import type { InvalidStream, LogEntry, LogStream } from '../log-stream.ts';

const NO_LABELS: Labels = [];
const MAX_INT64 = 2n ** 63n - 1n;

/** Without `onInvalid`, a stream whose labels are not right is an error of the whole push. */
export function decodeLokiPushJson(text: string, onInvalid?: InvalidStream): LogStream[] {
  try {
    return decodeBody(parse(text), onInvalid);
  } catch (error) {
    if (!(error instanceof LostDigits)) throw error;
    return decodeBody(JSON.parse(text, keepDigits), onInvalid);
  }
}

/** A number is not what was written any more. Rare, so only then is the text parsed in the slow way that keeps it. */
class LostDigits extends Error {}

/** Integers that a double does not hold become texts, as they were written. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const lost = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return lost ? (context?.source ?? String(value)) : value;
}

function decodeBody(parsed: unknown, onInvalid: InvalidStream | undefined): LogStream[] {
  const body = asObject(parsed, 'the body');
  const streams = body.streams ?? [];
  return asArray(streams, 'streams').flatMap((item, index) => decodeStream(item, `streams[${index}]`, onInvalid) ?? []);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformedJson(error instanceof Error ? error.message : 'not JSON');
  }
}

function decodeStream(item: unknown, path: string, onInvalid: InvalidStream | undefined): LogStream | undefined {
  const { stream = {}, values = [] } = asObject(item, path);
  const labels = new LabelsBuilder();
  let invalid: OutcomeError | undefined;
  for (const [name, value] of Object.entries(asObject(stream, `${path}.stream`))) {
    labels.set(name, asLabelValue(value, `${path}.stream.${name}`));
    if (!isLabelName(name)) invalid ??= invalidName(name, `${path}.stream`);
  }
  if (invalid !== undefined && onInvalid === undefined) throw invalid;
  const entries = asArray(values, `${path}.values`).map((entry, i) => decodeEntry(entry, `${path}.values[${i}]`));
  if (invalid === undefined) return { labels: labels.labels(), entries };
  onInvalid?.(entries.length, invalid);
  return undefined;
}

function invalidName(name: string, path: string): OutcomeError {
  const shown = quoteLabelValue(name.slice(0, 100));
  return new OutcomeError('invalid_labels', `${path}: ${shown} is not a valid label name`);
}

function decodeEntry(item: unknown, path: string): LogEntry {
  const parts = asArray(item, path);
  if (parts.length < 2 || parts.length > 3) {
    throw malformedJson(`${path} has ${parts.length} elements, expected [time, line] or [time, line, metadata]`);
  }
  const line = asString(parts[1], `${path}[1]`);
  const metadata = parts[2] === undefined || parts[2] === null ? NO_LABELS : decodeMetadata(parts[2], `${path}[2]`);
  return { timestampNs: decodeTime(parts[0], `${path}[0]`), line, metadata };
}

function decodeMetadata(item: unknown, path: string): Labels {
  const metadata = new LabelsBuilder();
  for (const [name, value] of Object.entries(asObject(item, path))) {
    if (name === '') throw new OutcomeError('invalid_labels', `${path} has an entry without a name`);
    metadata.set(name, asString(value, `${path}.${name}`));
  }
  return metadata.labels();
}

function decodeTime(value: unknown, path: string): bigint {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) throw new LostDigits();
  if (typeof value === 'number' && Number.isInteger(value)) return checkRange(BigInt(value), path);
  if (typeof value === 'string' && /^-?[0-9]{1,19}$/.test(value)) return checkRange(BigInt(value), path);
  throw new OutcomeError(
    'malformed_timestamp',
    `${path} is not a time in nanoseconds since 1970, as a string of digits`,
  );
}

function checkRange(time: bigint, path: string): bigint {
  if (time > MAX_INT64 || time < -MAX_INT64) {
    throw new OutcomeError('malformed_timestamp', `${path} does not fit into 64 bits`);
  }
  return time;
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedJson(`${path} is not an object`);
  }
  return value as Record<string, unknown>;
}

function asArray(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw malformedJson(`${path} is not an array`);
  return value;
}

/** Loki takes numbers and booleans for labels, though not for lines and metadata. */
function asLabelValue(value: unknown, path: string): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : asString(value, path);
}

function asString(value: unknown, path: string): string {
  if (typeof value !== 'string') throw malformedJson(`${path} is not a string`);
  return value;
}

function malformedJson(problem: string): OutcomeError {
  return new OutcomeError('malformed_json', `the body is not a Loki push request: ${problem}`);
}
