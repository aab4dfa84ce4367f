/** Runs one target on mutated inputs and keeps those that it answers in a new way. */
import { hashOf } from './corpus.ts';
import { mutate, Random } from './mutate.ts';
import { type FuzzTarget, judge } from './targets.ts';

const MAX_BYTES = 64 * 1024;
const MAX_MS = 100;
const PATIENT_MS = 1000;
const MAX_POOL = 2000;
const MAX_FAILURES = 5;

export interface FuzzFailure {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly problem: string;
}

export interface FuzzResult {
  readonly runs: number;
  readonly answers: number;
  readonly failures: readonly FuzzFailure[];
}

export async function fuzz(
  target: FuzzTarget,
  corpus: readonly Uint8Array[],
  { seconds, seed }: { seconds: number; seed: number },
): Promise<FuzzResult> {
  const random = new Random(seed);
  const pool = [...corpus];
  const answers = new Set<string>();
  const failures = new Map<string, FuzzFailure>();
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  while (performance.now() < end && failures.size < MAX_FAILURES) {
    const bytes = mutate(random.pick(pool), pool, random, MAX_BYTES);
    runs++;
    const answer = await tryOnce(target, bytes);
    if ('problem' in answer) failures.set(answer.kind, { ...answer, name: `${answer.kind}-${hashOf(bytes)}`, bytes });
    else if (!answers.has(answer.text) && pool.length < MAX_POOL) {
      answers.add(answer.text);
      pool.push(bytes);
    }
  }
  return { runs, answers: answers.size, failures: [...failures.values()] };
}

type Answer = { readonly text: string } | { readonly kind: string; readonly problem: string };

async function tryOnce(target: FuzzTarget, bytes: Uint8Array): Promise<Answer> {
  const start = performance.now();
  try {
    const verdict = await judge(target, bytes);
    // One pause of the machine is no slow decoder: only what is slow again and again counts.
    const limit = target.patient === true ? PATIENT_MS : MAX_MS;
    if (performance.now() - start > limit && (await leastMs(target, bytes)) > limit) {
      return { kind: 'slow', problem: `takes more than ${limit} ms for ${bytes.length} bytes` };
    }
    return { text: verdict.taken ? `taken ${Math.log2(bytes.length + 1) | 0}` : normalised(verdict.message) };
  } catch (error) {
    const { name, message, stack = '' } = error as Error;
    const place = stack.split('\n').find((line) => line.includes('/core/') || line.includes('/worker/')) ?? '';
    return { kind: `crash-${name.toLowerCase()}`, problem: `${name}: ${message.slice(0, 200)} ${place.trim()}` };
  }
}

/** Positions and quoted parts differ from input to input; the sentence around them says which check it was. */
function normalised(message: string): string {
  return message.replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`|\d+/g, '#').slice(0, 80);
}

/** Of the processor, in all threads of this process: what else runs on the machine is no decoder's fault. */
export async function leastMs(target: FuzzTarget, bytes: Uint8Array, times = 3): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = process.cpuUsage();
    await judge(target, bytes);
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
