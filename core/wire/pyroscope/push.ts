/**
 * Pyroscope's push API: `push.v1.PushRequest` as protobuf and as JSON. Labels are read, profiles are views into the body.
 * The counts are bounded, because an empty message takes two bytes and an object many more.
 */
import { ByteReader, WIRE_BYTES } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { type Labels, LabelsBuilder } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { readLabelPair, writeLabelPair } from '../label-pair.ts';
import { skipUnknown } from '../unknown-field.ts';
import type { ProfileSeries, PushedProfiles } from './profile-series.ts';

/** Of Connect; also the path below the URL of a destination. */
export const PYROSCOPE_PUSH_PATH = '/push.v1.PusherService/Push';
export const PYROSCOPE_PUSH_CONTENT_TYPE = 'application/proto';

export const MAX_PUSH_SERIES = 5_000;
export const MAX_PUSH_PROFILES = 10_000;
export const MAX_PROFILE_LABELS = 256;

// PushRequest
const SERIES_TAG = 0x0a;
// RawProfileSeries
const LABEL_TAG = 0x0a;
const SAMPLE_TAG = 0x12;
// RawSample
const RAW_PROFILE_TAG = 0x0a;
const ID_TAG = 0x12;

export type PushedSeries = ProfileSeries & { readonly content: PushedProfiles };

export function decodePyroscopePush(bytes: Uint8Array): PushedSeries[] {
  const series: PushedSeries[] = [];
  const reader = new ByteReader(bytes);
  let profiles = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === SERIES_TAG) {
      if (series.length === MAX_PUSH_SERIES) throw tooMany('series', MAX_PUSH_SERIES);
      const one = decodeSeries(reader.message(), MAX_PUSH_PROFILES - profiles);
      profiles += one.content.samples.length;
      series.push(one);
    } else skipUnknown(reader, tag, 1);
  }
  return series;
}

function decodeSeries(reader: ByteReader, maxProfiles: number): PushedSeries {
  const labels = new ProfileLabels();
  const samples: Uint8Array[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === LABEL_TAG) addLabel(reader.message(), labels);
    else if (tag === SAMPLE_TAG) {
      if (samples.length === maxProfiles) throw tooMany('profiles', MAX_PUSH_PROFILES);
      samples.push(checkSample(reader.bytes()));
    } else skipUnknown(reader, tag, 2);
  }
  return { labels: labels.take(), content: { kind: 'push', samples } };
}

function addLabel(reader: ByteReader, labels: ProfileLabels): void {
  const { name, value } = readLabelPair(reader);
  labels.add(name, value);
}

/** Walks the sample, so that what is stored and sent later is a message and not only bytes. */
function checkSample(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === RAW_PROFILE_TAG) reader.bytes();
    else if (tag === ID_TAG) reader.string();
    else skipUnknown(reader, tag, 2);
  }
  return bytes;
}

export function tooMany(what: 'series' | 'profiles', limit: number): OutcomeError {
  return new OutcomeError('body_too_large', `the request has more than ${limit} ${what}`);
}

/** Collects the labels of a series. Pyroscope would refuse the same, but only after we have promised delivery. */
export class ProfileLabels {
  readonly #labels = new LabelsBuilder();
  readonly #names = new Set<string>();

  add(name: string, value: string): void {
    if (name === '') throw new OutcomeError('invalid_labels', 'a series has a label without a name');
    if (this.#names.has(name)) {
      throw new OutcomeError('duplicate_label_names', `a series has the label ${shown(name)} twice`);
    }
    if (this.#names.size === MAX_PROFILE_LABELS) {
      throw new OutcomeError('max_label_names_per_series', `a series has more than ${MAX_PROFILE_LABELS} labels`);
    }
    this.#names.add(name);
    this.#labels.set(name, value);
  }

  take(): Labels {
    if (this.#names.size === 0) throw new OutcomeError('invalid_labels', 'a series has no labels');
    return this.#labels.labels();
  }
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

/** Series in their order. What Pyroscope drops from a push anyway (annotations) is left out. */
export function encodePyroscopePush(series: readonly PushedSeries[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(series.reduce((bytes, one) => bytes + sizeHint(one), 64));
  const head = new ByteWriter(1024);
  const pair = new ByteWriter(256);
  for (const { labels, content } of series) {
    head.reset();
    for (const label of labels) {
      writeLabelPair(pair.reset(), label);
      head.byte(LABEL_TAG).varint(pair.length).bytes(pair.view());
    }
    const samplesBytes = content.samples.reduce((bytes, sample) => bytes + framedLength(sample.length), 0);
    out
      .byte(SERIES_TAG)
      .varint(head.length + samplesBytes)
      .bytes(head.view());
    for (const sample of content.samples) out.tag(2, WIRE_BYTES).varint(sample.length).bytes(sample);
  }
  return out.take();
}

/** Of a sample with its tag and length. */
function framedLength(length: number): number {
  let bytes = 2 + length;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function sizeHint({ content }: PushedSeries): number {
  return content.samples.reduce((bytes, sample) => bytes + sample.length + 8, 512);
}

export function encodeRawSample(rawProfile: Uint8Array, id: string): Uint8Array {
  const out = new ByteWriter(rawProfile.length + id.length * 3 + 16).bytesField(1, rawProfile);
  if (id !== '') out.stringField(2, id);
  return out.take();
}

/** For tests, tools and the receiver: the profile of a sample, a view. */
export function rawProfileOf(sample: Uint8Array): { readonly id: string; readonly rawProfile: Uint8Array } {
  const reader = new ByteReader(sample);
  let id = '';
  let rawProfile = sample.subarray(0, 0);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === RAW_PROFILE_TAG) rawProfile = reader.bytes();
    else if (tag === ID_TAG) id = reader.string();
    else skipUnknown(reader, tag, 2);
  }
  return { id, rawProfile };
}
