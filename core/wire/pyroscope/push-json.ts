/**
 * The JSON form of a push, as protobuf's JSON mapping writes it: `{"series":[{"labels":[{"name":…,"value":…}],
 * "samples":[{"rawProfile":"<base64>","ID":…}]}]}`. Unknown fields are skipped, as Connect does.
 */
import { OutcomeError } from '../../outcome.ts';
import {
  encodeRawSample,
  MAX_PUSH_PROFILES,
  MAX_PUSH_SERIES,
  ProfileLabels,
  type PushedSeries,
  tooMany,
} from './push.ts';

export function decodePyroscopePushJson(text: string): PushedSeries[] {
  const { series } = asObject(parse(text), 'the body');
  const list = asArray(series, 'series');
  if (list.length > MAX_PUSH_SERIES) throw tooMany('series', MAX_PUSH_SERIES);
  let profiles = 0;
  return list.map((item, index) => {
    const one = decodeSeries(item, `series[${index}]`);
    profiles += one.content.samples.length;
    if (profiles > MAX_PUSH_PROFILES) throw tooMany('profiles', MAX_PUSH_PROFILES);
    return one;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message.slice(0, 200) : 'not JSON');
  }
}

function decodeSeries(item: unknown, path: string): PushedSeries {
  const given = asObject(item, path);
  const labels = new ProfileLabels();
  asArray(given.labels, `${path}.labels`).forEach((label, index) => {
    const at = `${path}.labels[${index}]`;
    const { name, value } = asObject(label, at);
    labels.add(asString(name, `${at}.name`), asString(value, `${at}.value`));
  });
  const list = asArray(given.samples, `${path}.samples`);
  if (list.length > MAX_PUSH_PROFILES) throw tooMany('profiles', MAX_PUSH_PROFILES);
  const samples = list.map((sample, index) => decodeSample(sample, `${path}.samples[${index}]`));
  return { labels: labels.take(), content: { kind: 'push', samples } };
}

function decodeSample(item: unknown, path: string): Uint8Array {
  const given = asObject(item, path);
  const rawProfile = asString(given.rawProfile ?? given.raw_profile, `${path}.rawProfile`);
  return encodeRawSample(fromBase64(rawProfile, `${path}.rawProfile`), asString(given.ID, `${path}.ID`));
}

/** Either alphabet, with padding or without: protobuf's JSON mapping takes both. */
function fromBase64(text: string, path: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw malformed(`${path} is not base64`);
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${path} is not an object`);
  return value as Record<string, unknown>;
}

/** protobuf leaves empty fields out or writes null. */
function asArray(value: unknown, path: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(`${path} is not an array`);
  return value;
}

function asString(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw malformed(`${path} is not a string`);
  return value;
}

function malformed(problem: string): OutcomeError {
  return new OutcomeError('malformed_json', `the body is not a push.v1.PushRequest: ${problem}`);
}
