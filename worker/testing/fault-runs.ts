/** How much the fault tests of workerd do; test/faults/fault-runs.ts is the same for those of whole processes. */
import { env } from 'cloudflare:test';

export const FULL_RUN = env.SPILLWAY_FAULTS === 'full';

/** For fast-check: 500 runs of a fixed seed in `npm test`, thousands of a new one with `npm run test:faults`. */
export function modelRuns(inNpmTest: number, inFullRun: number): { readonly numRuns: number; readonly seed: number } {
  const given = env.SPILLWAY_FAULT_SEED;
  const seed = given !== '' ? Number(given) : FULL_RUN ? Date.now() % 2 ** 31 : 20_261_122;
  if (FULL_RUN) console.log(`seed ${seed} (repeat it with SPILLWAY_FAULT_SEED=${seed})`);
  return { numRuns: FULL_RUN ? inFullRun : inNpmTest, seed };
}
