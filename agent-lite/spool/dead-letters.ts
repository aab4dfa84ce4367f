/**
 * Payloads a destination refused for good, kept for a person to look at: one file each, a line of JSON that says why,
 * then the bytes as they were sent. Bounded in number and bytes, oldest removed first; nothing sends them again.
 */
import { join } from 'node:path';
import { decodeUtf8, encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { QueuedPayload } from '../../core/delivery/queue.ts';
import type { SpoolFileSystem } from './file-system.ts';

export interface DeadLetter {
  readonly sequence: number;
  readonly reason: string;
  readonly detail: string;
  /** Refused ones: fewer than the payload has where it was sent in parts. */
  readonly items: number;
  readonly atMs: number;
}

const MAX_LETTER_BYTES = 1024 * 1024;
const SUFFIX = '.rejected';

export class DeadLetters {
  readonly #fs: SpoolFileSystem;
  readonly #folder: string;
  readonly #maxLetters: number;

  constructor(fs: SpoolFileSystem, folder: string, maxLetters: number) {
    this.#fs = fs;
    this.#folder = folder;
    this.#maxLetters = maxLetters;
  }

  async keep(payload: QueuedPayload, letter: DeadLetter): Promise<void> {
    const { body, items: payloadItems, ...about } = payload;
    const line = encodeUtf8(`${JSON.stringify({ ...about, ...letter, payloadItems, bodyBytes: body.length })}\n`);
    const kept = body.subarray(0, MAX_LETTER_BYTES);
    const bytes = new Uint8Array(line.length + kept.length);
    bytes.set(line);
    bytes.set(kept, line.length);
    await this.#fs.makeFolder(this.#folder);
    await this.#fs.replace(join(this.#folder, `${String(payload.sequence).padStart(20, '0')}${SUFFIX}`), bytes);
    await this.#removeOldest();
  }

  /** Oldest first. A file that is not one of ours is left out. */
  async list(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (const name of await this.#names()) {
      const bytes = await this.#fs.readWhole(join(this.#folder, name));
      const letter = bytes === undefined ? undefined : parseLetter(bytes);
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  }

  async #removeOldest(): Promise<void> {
    const names = await this.#names();
    for (const name of names.slice(0, Math.max(names.length - this.#maxLetters, 0))) {
      await this.#fs.remove(join(this.#folder, name));
    }
  }

  async #names(): Promise<string[]> {
    return (await this.#fs.list(this.#folder)).filter((name) => name.endsWith(SUFFIX)).sort();
  }
}

function parseLetter(bytes: Uint8Array): DeadLetter | undefined {
  try {
    const { sequence, reason, detail, items, atMs } = JSON.parse(decodeUtf8(bytes, 0, bytes.indexOf(10))) as DeadLetter;
    return { sequence, reason, detail, items, atMs };
  } catch {
    return undefined;
  }
}
