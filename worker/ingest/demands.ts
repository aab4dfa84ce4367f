/** What a push takes of the tenant's rates, and the replica that it comes from. */
import { ByteReader } from '../../core/bytes/reader.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import { OutcomeError } from '../../core/outcome.ts';
import type { Demand } from '../hub/admit.ts';
import type { Replica } from '../hub/messages.ts';
import type { Decoded } from './protocol.ts';

/**
 * Samples are counted by a walk over the body, unless there is room for more than it can reasonably hold: then the
 * pipeline's own count is taken. A sample with its series has some 200 bytes; what has less is only counted earlier.
 */
const BYTES_PER_SAMPLE = 32;

/** Metrics in samples, the others in bytes without compression, as Mimir, Loki, Tempo and Pyroscope count them. */
export function demandsOf({ batch, items, bytes }: Decoded): Demand[] {
  if (batch.signal !== 'metrics') return [{ rate: batch.signal, amount: () => bytes }];
  return [
    { rate: 'requests', amount: () => 1 },
    { rate: 'metrics', amount: items, guess: bytes / BYTES_PER_SAMPLE },
  ];
}

/** For a batch of sections: summed up, everything counted before anything is delivered. */
export function demandsOfAll(decoded: readonly Decoded[]): Demand[] {
  const byRate = Map.groupBy(decoded.flatMap(demandsOf), ({ rate }) => rate);
  return [...byRate].map(([rate, demands]) => ({
    rate,
    amount: () => (rate === 'requests' ? 1 : demands.reduce((sum, { amount }) => sum + countable(amount), 0)),
  }));
}

/** A body that cannot be counted is refused when its section is processed, and the others are not. */
function countable(amount: () => number): number {
  try {
    return amount();
  } catch (error) {
    if (error instanceof OutcomeError) return 0;
    throw error;
  }
}

/** As Mimir finds it: by the first series. Undefined where the tenant has no pairs or the series lacks a label. */
export function replicaOf({ batch }: Decoded, { metrics }: TenantLimits): Replica | undefined {
  if (!metrics.accept_ha_samples || batch.signal !== 'metrics' || 'encoding' in batch) return undefined;
  let cluster = '';
  let replica = '';
  try {
    for (const [name, value] of labelsOfFirstSeries(batch.body)) {
      if (name === metrics.ha_cluster_label) cluster = value;
      if (name === metrics.ha_replica_label) replica = value;
    }
  } catch (error) {
    // The walk of the pipeline says what is wrong with the body.
    if (error instanceof OutcomeError) return undefined;
    throw error;
  }
  return cluster === '' || replica === '' ? undefined : { cluster, replica };
}

// Field 1 is: WriteRequest.timeseries, TimeSeries.labels, Label.name; field 2 is Label.value.
const FIRST = 0x0a;
const SECOND = 0x12;

function* labelsOfFirstSeries(body: Uint8Array): Generator<readonly [name: string, value: string]> {
  const series = fieldsOne(body).next().value;
  if (series === undefined) return;
  for (const label of fieldsOne(series)) {
    let name = '';
    let value = '';
    const reader = new ByteReader(label);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === FIRST) name = reader.string();
      else if (tag === SECOND) value = reader.string();
      else reader.skip(tag & 7);
    }
    yield [name, value];
  }
}

function* fieldsOne(message: Uint8Array): Generator<Uint8Array, undefined> {
  const reader = new ByteReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === FIRST) yield reader.bytes();
    else reader.skip(tag & 7);
  }
}
