import { describe, expect, it } from 'vitest';
import { LogMessages, type LogStreamName, MAX_LINE_BYTES, parseTime } from './log-messages.ts';

const TIME = '2026-09-21T14:13:20.000000001Z';
const TIME_NS = 1_790_000_000_000_000_001n;

function frame(kind: number, text: string | Uint8Array): Buffer {
  const payload = Buffer.from(text as string);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function read(chunks: readonly Buffer[], isTerminal = false) {
  const lines: string[] = [];
  const begun: string[] = [];
  const messages = new LogMessages(isTerminal, {
    begin: (stream: LogStreamName, timestampNs, isAlone) => {
      begun.push(`${stream} ${timestampNs} ${isAlone ? 'alone' : 'inside'}`);
      return true;
    },
    line: ({ stream, text }) => lines.push(`${stream}: ${text}`),
  });
  for (const chunk of chunks) messages.add(chunk);
  return { lines, begun };
}

/** Cut into chunks of one size, as a network might. */
function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

describe('a stream of frames', () => {
  const stream = Buffer.concat([
    frame(1, `${TIME} one\n`),
    frame(2, `${TIME} two\r\n`),
    frame(1, `${TIME} \n`),
    frame(1, `${TIME} grün 木\n`),
    frame(1, `${TIME} ${'x'.repeat(16_000)}`),
    frame(2, `${TIME} between\n`),
    frame(1, `${TIME} the rest\n`),
  ]);
  const lines = [
    'stdout: one',
    'stderr: two',
    'stdout: ',
    'stdout: grün 木',
    'stderr: between',
    `stdout: ${'x'.repeat(16_000)}the rest`,
  ];

  it.each([1, 3, 7, 8, 9, 1000, 1_000_000])('gives its lines whole, however the network cuts it: %d bytes', (size) => {
    expect(read(cut(stream, size)).lines).toEqual(lines);
  });

  it('tells which lines begin while a line of the other stream is unfinished', () => {
    expect(read([stream]).begun).toEqual([
      `stdout ${TIME_NS} alone`,
      `stderr ${TIME_NS} alone`,
      `stdout ${TIME_NS} alone`,
      `stdout ${TIME_NS} alone`,
      `stdout ${TIME_NS} alone`,
      `stderr ${TIME_NS} inside`,
    ]);
  });

  it('keeps a line without a time whole, and several lines of one frame apart', () => {
    expect(read([frame(1, 'no time here\n'), frame(1, `${TIME} a\n${TIME} b\n`)]).lines).toEqual([
      'stdout: no time here',
      'stdout: a',
      'stdout: b',
    ]);
  });

  it('makes U+FFFD of bytes that are not UTF-8', () => {
    expect(read([frame(1, Buffer.concat([Buffer.from(`${TIME} `), Buffer.of(0xff, 0x41, 10)]))]).lines).toEqual([
      'stdout: \ufffdA',
    ]);
  });

  it('cuts a line that does not end', () => {
    const piece = frame(1, `${TIME} ${'z'.repeat(16_384)}`);
    const { lines: found } = read([...Array.from({ length: 160 }, () => piece), frame(1, `${TIME} end\n`)]);
    expect(found.map(({ length }) => length - 'stdout: '.length)).toEqual([
      MAX_LINE_BYTES,
      MAX_LINE_BYTES,
      MAX_LINE_BYTES / 2 + 3,
    ]);
  });

  it('is refused with what the engine says in it, and where it is none', () => {
    expect(() => read([frame(3, 'error from daemon: the disk is gone\n')])).toThrow(
      'the engine: error from daemon: the disk is gone',
    );
    expect(() => read([Buffer.from(`${TIME} a terminal after all\n`)])).toThrow('no stream of log frames');
    expect(() => read([Buffer.of(1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)])).toThrow('no stream of log frames');
  });
});

describe('the log of a terminal', () => {
  it.each([1, 5, 1000, 100_000])('has the times of pieces taken out of long lines: chunks of %d bytes', (size) => {
    const piece = (text: string) => `${TIME} ${text}`;
    const a = 'a'.repeat(16_384);
    const text = `${piece('short\r\n')}${piece(a)}${piece(a)}${piece('rest\r\n')}${piece('last\r\n')}`;
    expect(read(cut(Buffer.from(text), size), true).lines).toEqual([
      'stdout: short',
      `stdout: ${a}${a}rest`,
      'stdout: last',
    ]);
  });
});

describe('a time of the engine', () => {
  it.each([
    ['2026-09-21T14:13:20.000000001Z', TIME_NS],
    ['2026-09-21T14:13:20Z', 1_790_000_000_000_000_000n],
    ['2026-09-21T16:13:20.5+02:00', 1_790_000_000_500_000_000n],
  ])('%s is read to the nanosecond', (text, ns) => expect(parseTime(text)).toBe(ns));

  it.each(['', 'yesterday', '2026-99-21T14:13:20Z', '2026-09-21 14:13:20Z'])('is not %j', (text) =>
    expect(parseTime(text)).toBeUndefined(),
  );
});
