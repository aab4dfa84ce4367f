/** What a WriteRequest holds, in a form that tests can compare and people can read. */
import { formatLabels } from '../labels/labels.ts';
import { decodeWriteRequest, sampleValue } from './remote-write/v1.ts';

/** `{labels} value timestamp` of each sample. */
export function sampleTexts(body: Uint8Array): string[] {
  return decodeWriteRequest(body).series.flatMap(({ labels, samples }) =>
    samples.map((sample) => `${formatLabels(labels)} ${sampleValue(sample)} ${sample.timestampMs}`),
  );
}
