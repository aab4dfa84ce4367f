/** Log files of the processes: one earlier file is kept, so that they do not grow from start to start. */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { GatewayLogger } from '../serve.ts';

const MAX_BYTES_AT_START = 4 * 1024 * 1024;

export function rotateLogFile(path: string): void {
  try {
    if (statSync(path).size > MAX_BYTES_AT_START) renameSync(path, `${path}.1`);
  } catch {
    // There is none yet.
  }
}

export class FileLogger implements GatewayLogger {
  readonly #path: string;

  constructor(path: string) {
    rotateLogFile(path);
    this.#path = path;
  }

  info(message: string): void {
    appendFileSync(this.#path, `${message}\n`, { mode: 0o600 });
  }

  warn(message: string): void {
    this.info(message);
  }
}
