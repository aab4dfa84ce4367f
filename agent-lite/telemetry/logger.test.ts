import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

const PIECES = [
  '\n',
  '\r\n',
  '\u001b[2J',
  '\u009b31m',
  '\u0000',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ud800',
  '"',
  '\\',
  '=',
  ' ',
  'a',
  'é',
  'level=error',
];
const hostile = fc.string({ unit: fc.constantFrom(...PIECES) });

describe('A16 the log of the agent', () => {
  it.each(['logfmt', 'json'] as const)('in %s is one line for each event, without a control character', (format) => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (message, field, bound) => {
        const lines: string[] = [];
        const logger = createLogger(
          { level: 'debug', format },
          (line) => lines.push(line),
          () => 0,
        );
        logger.with({ bound }).error(message, { field, number: 1, big: 2n });
        expect(lines).toHaveLength(1);
        expect(lines[0]?.endsWith('\n')).toBe(true);
        const line = (lines[0] ?? '').slice(0, -1);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        if (format === 'json') expect(JSON.parse(line)).toMatchObject({ level: 'error', msg: message, field, bound });
        else expect(line.match(/(?:^| )level=(\w+)/)?.[1]).toBe('error');
      }),
    );
  });
});
