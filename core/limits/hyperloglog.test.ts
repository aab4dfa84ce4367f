import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes } from '../bytes/hash.ts';
import { HyperLogLog } from './hyperloglog.ts';

const text = new TextEncoder();

/** As series are hashed: two seeds of the hash that the memo uses. */
function addTo(sketch: HyperLogLog, member: string, seed: number): boolean {
  const bytes = text.encode(member);
  return sketch.add(hashBytes(bytes, 0, bytes.length, seed), hashBytes(bytes, 0, bytes.length, seed ^ 0x5bd1e995));
}

function filled(from: number, to: number, seed = 1): HyperLogLog {
  const sketch = new HyperLogLog();
  for (let i = from; i < to; i++) addTo(sketch, `series{instance="${i}"}`, seed);
  return sketch;
}

describe('HyperLogLog', () => {
  it('estimates nothing as 0 and one member as 1', () => {
    expect(new HyperLogLog().estimate()).toBe(0);
    expect(filled(0, 1).estimate()).toBeCloseTo(1, 3);
  });

  it('keeps the root of its mean squared error to the 0.81 % that theory says, over the whole range', () => {
    for (const count of [100, 1000, 10_000, 40_000, 150_000]) {
      const errors = Array.from({ length: 8 }, (_, run) => filled(0, count, 77 * run + 1).estimate() / count - 1);
      const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
      // Eight runs scatter around 0.0081; three standard deviations of that are below 0.015.
      expect(rms, `${count} members: ${errors}`).toBeLessThan(0.015);
    }
  });

  it('counts a member once, whatever the order and the number of times it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 50 }), (members) => {
        const once = new HyperLogLog();
        const often = new HyperLogLog();
        for (const member of new Set(members)) addTo(once, member, 9);
        for (const member of [...members, ...members.toReversed()]) addTo(often, member, 9);
        expect(often.serialise()).toEqual(once.serialise());
      }),
    );
  });

  it('merges to what one sketch would have seen, and says whether that was news', () => {
    const left = filled(0, 3000);
    const right = filled(2000, 5000);
    expect(left.merge(right)).toBe(true);
    expect(left.serialise()).toEqual(filled(0, 5000).serialise());
    expect(left.merge(right)).toBe(false);
  });

  it('comes back from its serialised form, and from no other bytes', () => {
    const sketch = filled(0, 500);
    const bytes = sketch.serialise();
    expect(HyperLogLog.deserialise(bytes)?.estimate()).toBe(sketch.estimate());
    expect(HyperLogLog.deserialise(bytes.subarray(0, 100))).toBeUndefined();
    expect(HyperLogLog.deserialise(new Uint8Array())).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        const whole = new Uint8Array(2 + 16);
        whole.set(garbage.subarray(0, 18));
        whole[0] = 1;
        whole[1] = 4;
        expect(Number.isFinite(HyperLogLog.deserialise(whole)?.estimate())).toBe(true);
      }),
    );
  });
});
