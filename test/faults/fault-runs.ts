/**
 * How much the fault tests do: a seeded handful in `npm test`, hundreds with `npm run test:faults`. SPILLWAY_FAULT_SEED
 * repeats a run that failed.
 */
import { SeededRandom } from '../support/seeded-random.ts';

export const FULL_RUN = process.env.SPILLWAY_FAULTS === 'full';

export function faultRandom(what: string): SeededRandom {
  const given = process.env.SPILLWAY_FAULT_SEED;
  const seed = given === undefined ? (FULL_RUN ? Date.now() % 2 ** 31 : 20_261_122) : Number(given);
  if (FULL_RUN) console.log(`${what}: seed ${seed} (repeat it with SPILLWAY_FAULT_SEED=${seed})`);
  return new SeededRandom(seed);
}

export function points(inNpmTest: number, inFullRun: number): number {
  return FULL_RUN ? inFullRun : inNpmTest;
}

/** One line for each tenth of a full run, which takes minutes. */
export function progress(what: string, done: number, all: number): void {
  if (FULL_RUN && done > 0 && done % Math.ceil(all / 10) === 0) console.log(`${what}: ${done} of ${all}`);
}
