/**
 * `npm run test:fuzz -- [--seconds N] [--seed N] [--only TARGET,…] [--write-corpus]`: mutates the corpus for N seconds a
 * target. Guided by what decoders say: an input with an answer not heard before joins the pool. What fails, or takes more
 * than 100 ms of the processor below 64 KiB, or grows faster than its input, is written to the corpus, and the command
 * ends with 1.
 */
import { parseArgs } from 'node:util';
import { readCorpus, writeInput } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { INPUTS } from './inputs.ts';
import { growthProblems } from './large.ts';
import { TARGETS, target } from './targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    'write-corpus': { type: 'boolean' },
  },
});

if (values['write-corpus'] === true) writeCorpus();
else await run(Number(values.seconds), Number(values.seed), values.only?.split(','));

function writeCorpus(): void {
  for (const [name, inputs] of Object.entries(INPUTS)) {
    for (const [input, bytes] of Object.entries(inputs)) writeInput(name, input, bytes);
  }
}

async function run(seconds: number, seed: number, only: readonly string[] | undefined): Promise<void> {
  if (!Number.isFinite(seconds) || !Number.isSafeInteger(seed)) throw new Error('--seconds and --seed take numbers');
  const targets = only === undefined ? TARGETS : only.map(target);
  for (const each of targets) {
    const corpus = readCorpus(each.name).map(({ bytes }) => bytes);
    const { runs, answers, failures } = await fuzz(each, corpus, { seconds, seed });
    const slow = each.patient === true ? [] : await growthProblems(each);
    console.log(
      `${each.name}: ${runs} inputs, ${answers} different answers, ${failures.length + slow.length} failures`,
    );
    for (const { name, bytes, problem } of failures) {
      console.log(`  ${problem}\n  ${writeInput(each.name, name, bytes)}`);
    }
    for (const problem of slow) console.log(`  ${problem}`);
    if (failures.length + slow.length > 0) process.exitCode = 1;
  }
}
