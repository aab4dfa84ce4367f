import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { checkMessageCount, MAX_DECODED_MESSAGES } from './message-budget.ts';
import type { MessageShape } from './message-shape.ts';
import { convertLogs } from './otlp/to-loki.ts';
import { convertMetrics } from './otlp/to-series.ts';
import { zipkinProtobufToOtlp } from './zipkin/protobuf.ts';

const shape: MessageShape = { 1: { message: () => shape }, 2: 'string' };

/** `count` empty messages in one, which is one more. */
function emptyMessages(count: number, tag = 0x0a): Uint8Array {
  const bytes = new Uint8Array(2 * count);
  for (let i = 0; i < bytes.length; i += 2) bytes[i] = tag;
  return bytes;
}

const around = (field: number, bytes: Uint8Array) => new ByteWriter().bytesField(field, bytes).take();

describe('checkMessageCount', () => {
  it('counts messages at every depth and refuses one too many', () => {
    expect(() => checkMessageCount(around(1, emptyMessages(MAX_DECODED_MESSAGES - 1)), shape)).not.toThrow();
    expect(() => checkMessageCount(around(1, emptyMessages(MAX_DECODED_MESSAGES)), shape)).toThrow(
      'the body has more than 500000 protobuf messages',
    );
  });

  it('does not count texts, numbers and fields that nobody knows', () => {
    for (const tag of [0x12, 0x10, 0x7a]) {
      expect(() => checkMessageCount(emptyMessages(MAX_DECODED_MESSAGES * 2, tag), shape)).not.toThrow();
    }
  });

  it('keeps small bodies from becoming large objects wherever messages become objects', () => {
    const records = around(1, around(2, emptyMessages(1_000_000, 0x12)));
    expect(() => convertLogs(records, 1n)).toThrow(/more than 500000 protobuf messages/);
    const gauge = around(5, emptyMessages(1_000_000));
    expect(() => convertMetrics(around(1, around(2, around(2, gauge))))).toThrow(/more than 500000 protobuf messages/);
    const annotations = emptyMessages(1_000_000, 0x52);
    expect(() => zipkinProtobufToOtlp(around(1, annotations))).toThrow(/more than 500000 protobuf messages/);
  });
});
