/** What `npm start` prints, in a terminal with a little weight and colour, elsewhere plain; also written to start.log. */
import { appendFileSync } from 'node:fs';
import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

export class Screen {
  readonly #logFile: string;
  #lastLogged = '';

  constructor(logFile: string) {
    this.#logFile = logFile;
  }

  line(text = ''): void {
    process.stdout.write(`${text}\n`);
  }

  /** A part that is up. */
  done(what: string, detail: string): void {
    this.line(`  ${style('green', '✓')} ${what.padEnd(15)} ${detail}`);
    this.log(`${what}: ${detail}`);
  }

  title(text: string): void {
    this.line(`\n  ${style('bold', text)}`);
  }

  item(name: string, text: string): void {
    this.line(`    ${style('dim', name.padEnd(15))} ${text}`);
  }

  /** Something happened after the start: with its time, because nobody may have been looking. */
  event(text: string, weight: 'good' | 'bad' | 'plain' = 'plain'): void {
    const color = { good: 'green', bad: 'yellow', plain: 'bold' } as const;
    this.line(`  ${style('dim', new Date().toTimeString().slice(0, 8))} ${style(color[weight], text)}`);
    this.log(text);
  }

  fail(text: string): void {
    process.stderr.write(`\n${style('red', 'npm start failed:')} ${text}\n`);
    this.log(`failed: ${text}`);
  }

  log(text: string): void {
    if (text === this.#lastLogged) return;
    this.#lastLogged = text;
    appendFileSync(this.#logFile, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
  }
}

function style(format: Style, text: string): string {
  return process.stdout.isTTY ? styleText(format, text) : text;
}

const grouped = new Intl.NumberFormat('en-US');

export function count(number: number, one: string): string {
  return `${grouped.format(number)} ${one}${number === 1 || one.endsWith('series') ? '' : 's'}`;
}
