/** The folder that `npm start` keeps everything in: a second start continues where the first one stopped. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where it is unless `--state` says otherwise. */
export const DEFAULT_STATE_FOLDER = '.spillway';

/** What `npx spillway` reads to find the gateway and to be let in. */
export interface AdminFile {
  readonly gateway: string;
  readonly adminToken: string;
}

/** The tenant that this machine's agent pushes as. */
export interface TenantFile {
  readonly tenant: string;
  readonly token: string;
}

type GeneratedHashes = Readonly<Record<string, string>>;

export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
    // Tokens and the host's logs pass through here.
    mkdirSync(join(this.path, 'logs'), { recursive: true, mode: 0o700 });
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
   * from copies of the data. Rotation is a line put in front of it (docs/secrets.md).
   */
  secretsKey(): string {
    const kept = this.#read('secrets.key')?.trim();
    if (kept !== undefined && kept !== '') return kept.split(/[\s,]+/).join(',');
    const key = `k${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
    writeAtomically(this.file('secrets.key'), `${key}\n`);
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

/** Readable by the owner only, and whole or not at all: a kill in the middle leaves the old file. */
function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
