import { expect, it } from 'vitest';
import { fitWhole, fitWidth, zoomAt } from './pan-zoom.ts';

it('fits a picture into its frame, in the middle and not larger than life', () => {
  expect(fitWhole({ width: 200, height: 100 }, { width: 100, height: 100 })).toEqual({ x: 0, y: 25, scale: 0.5 });
  expect(fitWhole({ width: 50, height: 50 }, { width: 100, height: 100 })).toEqual({ x: 25, y: 25, scale: 1 });
});

it('shows a picture that is too wide from its top, readable, and a small one in the middle', () => {
  expect(fitWidth({ width: 1000, height: 3000 }, { width: 300, height: 500 }, 56)).toEqual({ x: 0, y: 56, scale: 0.5 });
  expect(fitWidth({ width: 100, height: 100 }, { width: 300, height: 500 }, 56)).toEqual({ x: 100, y: 200, scale: 1 });
});

it('of an empty picture or frame is no division by zero', () => {
  expect(fitWhole({ width: 0, height: 0 }, { width: 100, height: 100 })).toEqual({ x: 0, y: 0, scale: 1 });
});

it('keeps what lies under the pointer there', () => {
  const before = { x: 10, y: -5, scale: 0.8 };
  const after = zoomAt(before, 1.5, 120, 60);
  const under = (view: typeof before) => [(120 - view.x) / view.scale, (60 - view.y) / view.scale];
  for (const [i, value] of under(after).entries()) expect(value).toBeCloseTo(under(before)[i] as number);
});

it('stays between its smallest and largest scale', () => {
  expect(zoomAt({ x: 0, y: 0, scale: 1 }, 1e9, 0, 0).scale).toBe(2.5);
  expect(zoomAt({ x: 0, y: 0, scale: 1 }, 1e-9, 0, 0).scale).toBe(0.15);
});
