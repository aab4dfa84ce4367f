/** `stage.luhn`: hides digit runs that pass the Luhn check, as card numbers do. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, t, withDefault } from '../../alloy/schema.ts';
import { joinPath } from '../unsupported.ts';
import { sourceText, writeSource } from './source.ts';
import { compileStageRegex, defineStage, mapStage } from './stage.ts';

export const luhn = defineStage({
  name: 'stage.luhn',
  summary: 'Replaces numbers that pass the Luhn check.',
  schema: body({
    replacement: withDefault(t.string, '**REDACTED**', { doc: 'What to put in their place.' }),
    min_length: withDefault(t.int, 13, { doc: 'Shortest number to look at, in digits.' }),
    delimiters: withDefault(t.string, '', { doc: 'Characters that may stand between the digits of a number.' }),
    skip_regex: optional(t.string, { doc: 'Numbers that match are left alone.' }),
    source: optional(t.string, { doc: 'Extracted value to look at in place of the line.' }),
  }),
  create(args, context) {
    if (args.min_length < 2)
      throw new ArgumentError(joinPath(context.path, 'min_length'), 'min_length must be at least 2');
    const skip = args.skip_regex === undefined ? undefined : compileStageRegex(args.skip_regex, 'skip_regex', context);
    const isDelimiter = (char: string) => args.delimiters.includes(char);
    return mapStage((entry) => {
      const text = sourceText(entry, args.source);
      if (text === undefined) return;
      const clean = redact(text, isDelimiter, (run, digits) => {
        if (digits.length < args.min_length || !passesLuhn(digits) || skip?.test(run) === true) return run;
        return args.replacement;
      });
      if (clean !== text) writeSource(entry, args.source, clean);
    });
  },
});

/** Walks over runs of digits, joined across single delimiters. */
function redact(
  text: string,
  isDelimiter: (char: string) => boolean,
  replace: (run: string, digits: string) => string,
): string {
  let out = '';
  let at = 0;
  while (at < text.length) {
    if (!isDigit(text[at])) {
      out += text[at++];
      continue;
    }
    let end = at + 1;
    let digits = text[at];
    for (;;) {
      if (isDigit(text[end])) digits += text[end++];
      else if (end < text.length && isDelimiter(text[end]) && isDigit(text[end + 1])) end++;
      else break;
    }
    out += replace(text.slice(at, end), digits);
    at = end;
  }
  return out;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
