import { expect, it } from 'vitest';
import { visibleText } from './visible.ts';

it('a terminal escape in a line is shown, not obeyed', () => {
  expect(visibleText('\u001b[31mred\u001b[0m\u0000')).toBe('␛[31mred␛[0m␀');
});

it('a character that turns the reading direction is shown by its code', () => {
  expect(visibleText('user\u202etxt.exe')).toBe('user‹U+202E›txt.exe');
});

it('newlines, tabs and the letters of the world stay as they are', () => {
  const text = 'a\tb\nÄ 雪 שלום 🙂';
  expect(visibleText(text)).toBe(text);
});
