/** A logger for tests: keeps what was said. */
import { createLogger, type Logger } from '../telemetry/logger.ts';

export function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return {
    logger: createLogger(
      { level: 'debug', format: 'logfmt' },
      (line) => lines.push(line),
      () => 0,
    ),
    lines,
  };
}
