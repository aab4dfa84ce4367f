import { describe, expect, it } from 'vitest';
import { checkJsonValues, MAX_JSON_VALUES } from './json-bound.ts';

const check = (text: string) => () => checkJsonValues(new TextEncoder().encode(text));

describe('checkJsonValues', () => {
  it('refuses a body of more values than may be parsed, and says so', () => {
    expect(check(`[${'{},'.repeat(MAX_JSON_VALUES / 2)}{}]`)).toThrow('the body has more than 1000000 JSON values');
    expect(check(`[${'1,'.repeat(MAX_JSON_VALUES - 10)}1]`)).not.toThrow();
  });

  it('does not look into texts', () => {
    const line = JSON.stringify(`{"a\\\\": [",", "\\"{[`.repeat(10));
    expect(check(`[${`${line},`.repeat(10_000)}${line}]`)).not.toThrow();
    expect(check(`["${'['.repeat(2_000_000)}"]`)).not.toThrow();
    expect(check(`["${'\\\\'.repeat(1_000_000)}", "${'['.repeat(2_000_000)}"]`)).not.toThrow();
  });

  it('leaves it to the parser whether the body is JSON', () => {
    const long = ' '.repeat(MAX_JSON_VALUES);
    for (const text of ['"', '"\\', ']]]]', '{"a":', 'x']) expect(check(long + text)).not.toThrow();
  });
});
