/** Writes a batch until it is taken: its lines cannot be asked for again as lines of a file can, so they wait here. */
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import type { LogsWriter } from '../context.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SteadyWriterParts {
  readonly writer: LogsWriter;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RETRY_MS = 1000;

/** False: it was stopped before. The marks of the batch are not stored then, so a later run reads its lines again. */
export async function writeUntilTaken(
  { writer, clock, logger }: SteadyWriterParts,
  batch: LogsBatch,
  stop: AbortSignal,
): Promise<boolean> {
  for (;;) {
    try {
      await writer.write(batch);
      return true;
    } catch (error) {
      if (stop.aborted) return false;
      logger.warn('lines could not be written: trying again', { err: String(error) });
      await clock.sleep(RETRY_MS, stop);
      if (stop.aborted) return false;
    }
  }
}

/** Without the marks of earlier runs every line would be read again, so nothing is read before they are known. */
export async function readMarks(
  { writer, clock, logger }: SteadyWriterParts,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  while (!stop.aborted) {
    try {
      return await writer.marks();
    } catch (error) {
      logger.error('the positions of earlier runs cannot be read: trying again', { err: String(error) });
      await clock.sleep(RETRY_MS, stop);
    }
  }
  return new Map();
}
