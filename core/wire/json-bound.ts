/**
 * Looks over a large JSON body before it is parsed: a parsed value takes tens of bytes for the two or three of the text,
 * so `[{},{},…` of a few megabytes would take the memory of the isolate. One pass over the bytes, nothing is allocated.
 * Whether it is JSON at all is for the parser to say, and how deep it may nest for those who read it.
 */
import { OutcomeError } from '../outcome.ts';

/** Those of 160,000 log lines with a timestamp and a label each; at most 60 MB once they are parsed. */
export const MAX_JSON_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

export function checkJsonValues(bytes: Uint8Array): void {
  // Every value that counts takes a byte, so most bodies need no look.
  if (bytes.length <= MAX_JSON_VALUES) return;
  let values = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = endOfText(bytes, i);
    else if (byte === COMMA || byte === COLON || byte === OPEN_BRACE || byte === OPEN_BRACKET) values++;
  }
  if (values > MAX_JSON_VALUES) {
    throw new OutcomeError('body_too_large', `the body has more than ${MAX_JSON_VALUES} JSON values; send it in parts`);
  }
}

function endOfText(bytes: Uint8Array, open: number): number {
  for (let end = bytes.indexOf(QUOTE, open + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (bytes[end - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}
