/**
 * Divides an export request of OTLP into two by its items: spans, log records or data points. The bytes of an item are
 * copied as they are; what is around it (resource, scope and metric, with unknown fields) is repeated in both halves.
 */
import { ByteReader, WIRE_BYTES } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import type { Signal } from '../pipeline/signals.ts';
import { countLogRecords } from '../wire/otlp/logs.ts';
import { countDataPoints } from '../wire/otlp/metrics.ts';
import { OTLP_PATHS } from '../wire/otlp/paths.ts';
import { DATA_FIELDS } from '../wire/otlp/schema-metrics.ts';
import { countSpans } from '../wire/otlp/traces.ts';
import type { Payload } from './destination.ts';

export interface OtlpPart {
  readonly body: Uint8Array;
  readonly items: number;
}

/** Traces have one form only. */
export function isOtlpPayload({ signal, path }: Pick<Payload, 'signal' | 'path'>): boolean {
  return signal === 'traces' || (signal !== 'profiles' && path === OTLP_PATHS[signal]);
}

interface Shape {
  readonly count: (body: Uint8Array) => number;
  /** The fields that lead down, level by level; those of the last one are the items. */
  readonly levels: readonly (readonly number[])[];
}

/** resource_spans, scope_spans, spans; and the same for log records. */
const FLAT = [[1], [2], [2]] as const;

const SHAPES: Readonly<Partial<Record<Signal, Shape>>> = {
  traces: { count: countSpans, levels: FLAT },
  logs: { count: countLogRecords, levels: FLAT },
  metrics: { count: countDataPoints, levels: [...FLAT, Object.values(DATA_FIELDS), [1]] },
};

export function halveOtlp(signal: Signal, body: Uint8Array): OtlpPart[] {
  const shape = SHAPES[signal];
  if (shape === undefined) return [];
  const items = shape.count(body);
  if (items < 2) return [];
  const half = items >> 1;
  return [
    { body: takeItems(shape, body, 0, half), items: half },
    { body: takeItems(shape, body, half, items), items: items - half },
  ];
}

function takeItems({ levels }: Shape, body: Uint8Array, from: number, to: number): Uint8Array {
  const cursor = { from, to, seen: 0 };
  return copyLevel(new ByteReader(body), levels, 0, cursor)?.take() ?? new Uint8Array(0);
}

/** Copies a message with those of its items that lie in [from, to); undefined when there are none. */
function copyLevel(
  reader: ByteReader,
  levels: Shape['levels'],
  level: number,
  cursor: { readonly from: number; readonly to: number; seen: number },
): ByteWriter | undefined {
  const writer = new ByteWriter(reader.end - reader.pos);
  const isLast = level === levels.length - 1;
  let taken = false;
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    if ((tag & 7) !== WIRE_BYTES || !levels[level]!.includes(field)) {
      reader.skip(tag & 7);
      writer.bytes(reader.source, start, reader.pos);
    } else if (isLast) {
      reader.skip(WIRE_BYTES);
      const index = cursor.seen++;
      if (index < cursor.from || index >= cursor.to) continue;
      writer.bytes(reader.source, start, reader.pos);
      taken = true;
    } else {
      const nested = copyLevel(reader.message(), levels, level + 1, cursor);
      if (nested === undefined) continue;
      writer.tag(field, WIRE_BYTES).varint(nested.length).bytes(nested.view());
      taken = true;
    }
  }
  return taken ? writer : undefined;
}
