/**
 * The agent's own log: one event, one line, in logfmt or JSON, to stderr. Values are quoted, so that nothing that came
 * from outside (a label, an error body) can start a new line or paint the terminal. Never give it a secret.
 */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'logfmt' | 'json';
export type LogFields = Readonly<Record<string, string | number | boolean | bigint | undefined>>;

export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Logger;
}

/** What all loggers of the process share, so that a reload changes all of them. */
export interface LogSettings {
  level: LogLevel;
  format: LogFormat;
}

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

export function createLogger(
  settings: LogSettings,
  write: (line: string) => void,
  nowMs: () => number,
  bound: LogFields = {},
): Logger {
  const log = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (RANK[level] > RANK[settings.level]) return;
    const all = { ts: new Date(nowMs()).toISOString(), level, msg: message, ...bound, ...fields };
    write(settings.format === 'json' ? formatJson(all) : formatLogfmt(all));
  };
  return {
    error: (message, fields) => log('error', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    info: (message, fields) => log('info', message, fields),
    debug: (message, fields) => log('debug', message, fields),
    with: (fields) => createLogger(settings, write, nowMs, { ...bound, ...fields }),
  };
}

function formatJson(fields: LogFields): string {
  const text = JSON.stringify(fields, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  return `${text.replace(UNPRINTABLE, escaped)}\n`;
}

function formatLogfmt(fields: LogFields): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) pairs.push(`${name}=${quoteIfNeeded(String(value))}`);
  }
  return `${pairs.join(' ')}\n`;
}

const PLAIN = /^[^\s"=\\\u0000-\u001f\u007f-\u009f]+$/;
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029]/g;

function quoteIfNeeded(text: string): string {
  if (PLAIN.test(text)) return text;
  return JSON.stringify(text).replace(UNPRINTABLE, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
