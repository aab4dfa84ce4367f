import { expect, it } from 'vitest';
import { sparklinePath } from './sparkline.tsx';

it('spans the box from the first point to the last, highest value at the top', () => {
  expect(
    sparklinePath(
      [
        [0, 0],
        [5, 10],
        [10, 5],
      ],
      106,
      26,
    ),
  ).toBe('M3 23L53 3L103 13');
});

it('of a value that does not change runs through the middle', () => {
  expect(
    sparklinePath(
      [
        [0, 7],
        [10, 7],
      ],
      106,
      26,
    ),
  ).toBe('M3 13L103 13');
});

it('needs two points', () => {
  expect([sparklinePath([]), sparklinePath([[1, 1]])]).toEqual([undefined, undefined]);
});
