import { expect, it } from 'vitest';
import { smooth } from './smooth.ts';

const comb: [number, number][] = Array.from({ length: 20 }, (_, i) => [i * 5_000, i % 2 === 0 ? 10 : 0]);

it('a push every other interval becomes a steady rate', () => {
  expect(smooth(comb, 20_000).map(([, value]) => value)).toEqual(Array(16).fill(5));
});

it('a long history begins where a whole window lies behind, a short one at its first point', () => {
  expect(smooth(comb, 20_000)[0]![0]).toBe(20_000);
  expect(smooth(comb.slice(0, 3), 20_000)[0]).toEqual([0, 10]);
  expect(smooth([])).toEqual([]);
});

it('a rate that ended is exactly 0 once the window has passed it', () => {
  const points: [number, number][] = [
    [0, 0.1],
    [1000, 0.2],
    [2000, 0.3],
    [3000, 0],
    [4000, 0],
    [5000, 0],
  ];
  expect(smooth(points, 2_000).at(-1)).toEqual([5000, 0]);
});
