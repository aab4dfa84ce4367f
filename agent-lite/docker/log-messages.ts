/**
 * The body of GET /containers/{id}/logs with timestamps as lines. Without a terminal it is a sequence of frames, `{stream,
 * 0, 0, 0, length as big-endian u32}` and as many bytes, each frame one message; with a terminal it is the bare messages
 * (Docker Engine API, "Attach to a container"). The engine cuts what a container writes after 16 KiB and puts the timestamp
 * before each piece; only the last piece ends with a newline.
 */
export type LogStreamName = 'stdout' | 'stderr';

export interface LogLine {
  readonly stream: LogStreamName;
  /** undefined where the line does not begin with a time. */
  readonly timestampNs: bigint | undefined;
  readonly text: string;
}

export interface LogLines {
  /**
   * A line begins. `isAlone`: no line of the other stream is unfinished, so reading from this line on finds every line whole.
   * False: the line is known already, and `line` is not called for it.
   */
  begin(stream: LogStreamName, timestampNs: bigint | undefined, isAlone: boolean): boolean;
  line(line: LogLine): void;
}

/** A message of the engine itself, in the third stream: reading the log failed. */
export class LogStreamError extends Error {}

const HEADER_BYTES = 8;
/** The engine's messages are of 16 KiB; other engines may not cut. What is larger is no frame. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
/** The engine cuts messages here. */
const PIECE_BYTES = 16 * 1024;
/** A line without an end in sight is cut here, as in a file. A multiple of PIECE_BYTES. */
export const MAX_LINE_BYTES = 1024 * 1024;
/** Of the time before a message, and the space behind it. */
const MAX_TIME_BYTES = 40;
const LF = 10;
const CR = 13;
const SPACE = 32;

export class LogMessages {
  readonly #isTerminal: boolean;
  readonly #streams: Readonly<Record<LogStreamName, LineAssembler>>;
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(isTerminal: boolean, lines: LogLines) {
    this.#isTerminal = isTerminal;
    const assembler = (stream: LogStreamName, other: LogStreamName) =>
      new LineAssembler(stream, isTerminal, lines, () => !this.#streams[other].isInside);
    this.#streams = { stdout: assembler('stdout', 'stderr'), stderr: assembler('stderr', 'stdout') };
  }

  /** Throws LogStreamError for what the engine has to say, and for bytes that are no frames. */
  add(chunk: Buffer): void {
    if (this.#isTerminal) {
      this.#streams.stdout.add(chunk);
      return;
    }
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    while (this.#restBytes >= HEADER_BYTES) {
      const frame = this.#nextFrame();
      if (frame === undefined) return;
      this.#take(frame.kind, frame.payload);
    }
  }

  #nextFrame(): { kind: number; payload: Buffer } | undefined {
    const [first] = this.#rest;
    if (first === undefined) return undefined;
    const head = first.length >= HEADER_BYTES ? first : this.#joined();
    const length = head.readUInt32BE(4);
    if (head[1] !== 0 || head[2] !== 0 || head[3] !== 0 || head[0]! > 3 || length > MAX_FRAME_BYTES) {
      throw new LogStreamError('what the engine sends is no stream of log frames');
    }
    if (this.#restBytes < HEADER_BYTES + length) return undefined;
    const all = head.length >= HEADER_BYTES + length ? head : this.#joined();
    const payload = all.subarray(HEADER_BYTES, HEADER_BYTES + length);
    this.#rest[0] = all.subarray(HEADER_BYTES + length);
    this.#restBytes -= HEADER_BYTES + length;
    if (this.#rest[0].length === 0) this.#rest.shift();
    return { kind: head[0]!, payload };
  }

  #joined(): Buffer {
    const all = Buffer.concat(this.#rest);
    this.#rest = [all];
    return all;
  }

  #take(kind: number, payload: Buffer): void {
    if (kind === 1) this.#streams.stdout.add(payload);
    else if (kind === 2) this.#streams.stderr.add(payload);
    else if (kind === 3) throw new LogStreamError(`the engine: ${payload.toString('utf8').trim()}`);
  }
}

class LineAssembler {
  readonly #stream: LogStreamName;
  readonly #isTerminal: boolean;
  readonly #lines: LogLines;
  readonly #isAlone: () => boolean;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Of the line that is being put together; undefined before its time was seen. */
  #line: { readonly time: Buffer; readonly timestampNs: bigint | undefined; readonly isWanted: boolean } | undefined;

  constructor(stream: LogStreamName, isTerminal: boolean, lines: LogLines, isAlone: () => boolean) {
    this.#stream = stream;
    this.#isTerminal = isTerminal;
    this.#lines = lines;
    this.#isAlone = isAlone;
  }

  /** A line has begun and not ended. */
  get isInside(): boolean {
    return this.#pendingBytes > 0 || this.#line !== undefined;
  }

  add(bytes: Buffer): void {
    let rest = this.#line !== undefined && !this.#isTerminal ? withoutTime(bytes) : bytes;
    for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
      this.#append(rest.subarray(0, end));
      this.#end();
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) this.#append(rest);
  }

  #append(bytes: Buffer): void {
    // Without a copy a small rest would keep the whole chunk of the network that it came in.
    this.#pending.push(Buffer.from(bytes));
    this.#pendingBytes += bytes.length;
    if (this.#line === undefined) this.#begin(false);
    while (this.#line !== undefined && this.#pendingBytes > MAX_LINE_BYTES + MAX_TIME_BYTES) this.#cut();
  }

  /** Takes the time off the beginning. `isWhole`: no more is coming. */
  #begin(isWhole: boolean): void {
    const all = this.#take();
    const space = all.subarray(0, MAX_TIME_BYTES).indexOf(SPACE);
    if (space < 0 && !isWhole && all.length < MAX_TIME_BYTES) {
      this.#put(all);
      return;
    }
    const timestampNs = space < 0 ? undefined : parseTime(all.toString('latin1', 0, space));
    const isWanted = this.#lines.begin(this.#stream, timestampNs, this.#isAlone());
    const headBytes = timestampNs === undefined ? 0 : space + 1;
    this.#line = { time: all.subarray(0, headBytes), timestampNs, isWanted };
    this.#put(all.subarray(headBytes));
  }

  #end(): void {
    if (this.#line === undefined) this.#begin(true);
    const content = this.#content();
    const end = content.length > 0 && content[content.length - 1] === CR ? content.length - 1 : content.length;
    this.#hand(content.subarray(0, end));
    this.#line = undefined;
  }

  /** What follows counts as a line of its own, of the same time. */
  #cut(): void {
    const content = this.#content();
    const { timestampNs, time } = this.#line!;
    if (content.length > MAX_LINE_BYTES) {
      this.#hand(content.subarray(0, MAX_LINE_BYTES));
      this.#line = { time, timestampNs, isWanted: this.#lines.begin(this.#stream, timestampNs, false) };
      this.#put(content.subarray(MAX_LINE_BYTES));
    } else {
      this.#put(content);
    }
  }

  #hand(content: Buffer): void {
    const { isWanted, timestampNs } = this.#line!;
    if (isWanted) this.#lines.line({ stream: this.#stream, timestampNs, text: content.toString('utf8') });
  }

  /** What was put together so far, and leaves nothing. With a terminal the times of the pieces are still in it. */
  #content(): Buffer {
    const all = this.#take();
    const time = this.#line?.time ?? all.subarray(0, 0);
    if (!this.#isTerminal || time.length === 0 || all.length <= PIECE_BYTES) return all;
    const pieces: Buffer[] = [];
    let at = 0;
    while (at + PIECE_BYTES < all.length) {
      pieces.push(all.subarray(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
      if (all.subarray(at, at + time.length).equals(time)) at += time.length;
    }
    return Buffer.concat([...pieces, all.subarray(at)]);
  }

  #take(): Buffer {
    const all = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return all;
  }

  #put(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pending = [bytes];
    this.#pendingBytes = bytes.length;
  }
}

/** A piece that goes on repeats the time of the line. */
function withoutTime(piece: Buffer): Buffer {
  const space = piece.subarray(0, MAX_TIME_BYTES).indexOf(SPACE);
  return space > 0 && parseTime(piece.toString('latin1', 0, space)) !== undefined ? piece.subarray(space + 1) : piece;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 with up to nine digits of a second; undefined for another text. */
export function parseTime(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}
