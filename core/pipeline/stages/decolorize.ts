/** `stage.decolorize`: removes the escape sequences by which terminals set colours. */
import { body } from '../../alloy/schema.ts';
import { compileRegex, type Regex } from '../../regex/re2.ts';
import { defineStage, mapStage } from './stage.ts';

/** The expression of Loki's own filter of this name. */
const SEQUENCE =
  '[\\x{1b}\\x{9b}][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\\x07)|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))';
/** Compiled when first used: at start-up it would load the regex engine for everybody. */
let compiled: Regex | undefined;

export const decolorize = defineStage({
  name: 'stage.decolorize',
  summary: 'Removes ANSI colour sequences from the line.',
  schema: body({}),
  create: () =>
    mapStage((entry) => {
      if (!/[\u001b\u009b]/.test(entry.line)) return;
      let clean = '';
      let end = 0;
      compiled ??= compileRegex(SEQUENCE, { anchored: false });
      for (const match of compiled.matchAll(entry.line)) {
        clean += entry.line.slice(end, match.start);
        end = match.end;
      }
      entry.line = clean + entry.line.slice(end);
    }),
});
