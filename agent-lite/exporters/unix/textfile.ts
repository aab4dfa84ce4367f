/** collector.textfile: metrics that other programs leave as *.prom files in a folder. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExpositionError, parseExposition } from '../../../core/wire/exposition/exposition.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { Family, type MetricText } from '../metric-text.ts';
import type { Collector, CollectorFactory } from './collector.ts';
import type { HostFiles } from './host-files.ts';

const MTIME = new Family('node_textfile_mtime_seconds', 'Unixtime mtime of textfiles successfully read.', 'gauge', [
  'file',
]);
const ERROR = new Family(
  'node_textfile_scrape_error',
  '1 if there was an error opening or reading a file, 0 otherwise',
  'gauge',
);

class TextfileCollector implements Collector {
  readonly #files: HostFiles;
  readonly #logger: Logger;
  readonly #directory: string;

  constructor(files: HostFiles, logger: Logger, directory: string) {
    this.#files = files;
    this.#logger = logger;
    this.#directory = directory;
  }

  collect(out: MetricText): void {
    let failed = false;
    const mtimes: [path: string, seconds: number][] = [];
    for (const folder of this.#folders()) {
      for (const path of this.#promFiles(folder)) {
        try {
          out.raw(readMetrics(path));
          // Looked at only once the file is good, so that a broken one does not look fresh.
          mtimes.push([path, Math.floor(statSync(path).mtimeMs / 1000)]);
        } catch (error) {
          failed = true;
          this.#logger.error('failed to collect textfile data', { file: path, error: (error as Error).message });
        }
      }
      if (!this.#files.isFolder(folder)) {
        failed = true;
        this.#logger.error('failed to read textfile collector directory', { path: folder });
      }
    }
    for (const [path, seconds] of mtimes) out.sample(MTIME, seconds, path);
    out.sample(ERROR, failed ? 1 : 0);
  }

  #folders(): string[] {
    if (this.#directory === '') return [];
    const found = /[*?[]/.test(this.#directory) ? globSync(this.#directory).sort() : [];
    return found.length > 0 ? found : [this.#directory];
  }

  #promFiles(folder: string): string[] {
    const names = this.#files.isFolder(folder) ? this.#files.list(folder) : [];
    return names.filter((name) => name.endsWith('.prom')).map((name) => join(folder, name));
  }
}

/** The file's bytes if all of it is well formed. A timestamp of its own would make the sample stale at once or refused. */
function readMetrics(path: string): Uint8Array {
  const bytes = readFileSync(path);
  parseExposition(bytes, 'text', {
    sample(_start, _end, _value, timestampMs) {
      if (timestampMs !== undefined)
        throw new ExpositionError(1, 'the file contains timestamps, which are not supported');
    },
  });
  return bytes;
}

export const createTextfile: CollectorFactory = ({ files, args, logger }) =>
  new TextfileCollector(files, logger, args.textfile?.directory ?? '');
