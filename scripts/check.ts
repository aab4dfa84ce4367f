/**
 * `npm run check`: format and lint, then every tsconfig, then whether the generated pages are current. Prints each step; the
 * first failure's output is the answer.
 */
import { spawnSync } from 'node:child_process';

const steps: readonly (readonly [title: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'ci', '.'],
  ['types: core', 'tsc', '-p', 'core/tsconfig.json'],
  ['types: worker', 'tsc', '-p', 'worker/tsconfig.json'],
  ['types: worker tests', 'tsc', '-p', 'worker/tsconfig.test.json'],
  ['types: agent-lite and cli', 'tsc', '-p', 'agent-lite/tsconfig.json'],
  ['types: ui', 'tsc', '-p', 'ui/tsconfig.json'],
  ['types: tests, scripts, bench', 'tsc', '-p', 'test/tsconfig.json'],
  ['pages of components', 'node', 'scripts/component-docs.ts', '--check'],
];

let failed = 0;
for (const [title, command, ...args] of steps) {
  process.stdout.write(`▸ ${title} … `);
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status === 0) {
    console.log('ok');
    continue;
  }
  failed++;
  console.log('failed');
  console.log(result.stdout + result.stderr + (result.error?.message ?? ''));
}
process.exitCode = failed === 0 ? 0 : 1;
