/** The folder that `npm start` and `spillway serve` keep everything in: a second start continues where the first one stopped. */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeUsable } from './folders.ts';

/** Where it is unless `--state` says otherwise. */
export const DEFAULT_STATE_FOLDER = '.spillway';

/** What `npx spillway` reads to find the gateway and to be let in. */
export interface AdminFile {
  readonly gateway: string;
  /** Absent where the token was given from outside: then it is somebody else's to keep. */
  readonly adminToken?: string;
}

/** The tenant that this machine's agent pushes as. */
export interface TenantFile {
  readonly tenant: string;
  readonly token: string;
}

type GeneratedHashes = Readonly<Record<string, string>>;

export class StateFolder {
  readonly path: string;

  /** `option`: what it was given by, for who gave one that cannot be used. Throws FolderError. */
  constructor(path: string, option = '--state') {
    this.path = resolve(path);
    // Tokens and the host's logs pass through here.
    makeUsable(this.path, option);
    makeUsable(this.file('logs'), option);
  }

  file(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  admin(): AdminFile | undefined {
    return this.#readJson<AdminFile>('admin.json');
  }

  writeAdmin(admin: AdminFile): void {
    this.#writeJson('admin.json', admin);
  }

  /**
   * What the gateway's SECRETS_KEY is: made on the first run, in a file of its own so that the key is easily kept apart
   * from copies of the data. Rotation is a line put in front of it (docs/secrets.md). Nothing is ever written over it.
   */
  secretsKey(warn: (message: string) => void): string {
    const path = this.file('secrets.key');
    const kept = this.#read('secrets.key');
    if (kept !== undefined) return keysIn(kept, path);
    if (existsSync(this.file('gateway', 'storage'))) warn(`${path} was not there and has a new key now. ${NEW_KEY}`);
    const key = `k${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
    writeAtomically(path, `${key}\n`);
    return key;
  }

  tenant(): TenantFile | undefined {
    return this.#readJson<TenantFile>('tenant.json');
  }

  writeTenant(tenant: TenantFile): void {
    this.#writeJson('tenant.json', tenant);
  }

  /** Ports that were chosen by the machine stay the same, so that a bookmark does. */
  ports(): Readonly<Record<string, number>> {
    return this.#readJson<Record<string, number>>('ports.json') ?? {};
  }

  writePorts(ports: Readonly<Record<string, number>>): void {
    this.#writeJson('ports.json', ports);
  }

  /**
   * Writes a configuration that people may edit. A file that was changed since it was written stays as it is: the answer
   * is then its text, and `edited`.
   */
  writeEditable(name: string, text: string): { readonly text: string; readonly edited: boolean } {
    const hashes = this.#readJson<GeneratedHashes>('generated.json') ?? {};
    const current = this.#read(name);
    if (current !== undefined && hashes[name] !== sha256(current)) return { text: current, edited: current !== text };
    writeAtomically(this.file(name), text);
    this.#writeJson('generated.json', { ...hashes, [name]: sha256(text) });
    return { text, edited: false };
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(this.file(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #readJson<T>(name: string): T | undefined {
    const text = this.#read(name);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new Error(`${this.file(name)} is not JSON (${(error as Error).message}); remove it to have it made anew`);
    }
  }

  #writeJson(name: string, value: unknown): void {
    writeAtomically(this.file(name), `${JSON.stringify(value, null, 2)}\n`);
  }
}

const NEW_KEY =
  'What this folder holds of before does not open with it where it was sealed with another: then stop, put the old ' +
  'secrets.key back, and start again.';

/** One key in each line, newest first; commas do as well. */
function keysIn(text: string, path: string): string {
  const keys = text.split(/[\s,]+/).filter((key) => key !== '');
  if (keys.length === 0) {
    throw new Error(`${path} is empty: put its key back, or remove it to have another one made, which opens nothing`);
  }
  const wrong = keys.findIndex((key) => !/^[\w-]{1,32}:[A-Za-z0-9+/]{43}=$/.test(key));
  if (wrong < 0) return keys.join(',');
  throw new Error(`${path}: key ${wrong + 1} is not written keyid:base64, with the base64 of 32 bytes`);
}

/** Readable by the owner only, and whole or not at all: a kill or a power cut in the middle leaves the old file. */
function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
