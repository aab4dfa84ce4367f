import { expect, it } from 'vitest';
import { ticksFromLast } from './ticks.ts';

it('the last day always has its mark, and all marks are within the picture', () => {
  expect(ticksFromLast(20_749.5, 20_756.5, 2)).toEqual([20_750, 20_752, 20_754, 20_756]);
  expect(ticksFromLast(-0.5, 0.5, 1)).toEqual([0]);
  expect(ticksFromLast(0.5, 30.5, 10)).toEqual([10, 20, 30]);
});
