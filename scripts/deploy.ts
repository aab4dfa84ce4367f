/**
 * `npm run deploy`: builds the pages, applies the D1 migrations, deploys the Worker. With --dry-run nothing leaves the
 * machine: it builds everything and lets wrangler check the bundle and the bindings.
 */
import { spawnSync } from 'node:child_process';

const dryRun = process.argv.includes('--dry-run');
const unknown = process.argv.slice(2).filter((argument) => argument !== '--dry-run');
if (unknown.length > 0) {
  console.error(`deploy: unknown argument ${unknown.join(' ')}; it takes --dry-run only`);
  process.exit(2);
}

function step(title: string, command: string, ...args: string[]): void {
  console.log(`\n▸ ${title}`);
  const result = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  if (result.status === 0) return;
  console.error(`deploy: ${title} failed: ${command} ${args.join(' ')}`);
  process.exit(result.status ?? 1);
}

step('Build the console', process.execPath, 'scripts/build.mjs', 'ui');
if (dryRun) {
  step('Check the Worker (nothing is uploaded)', 'wrangler', 'deploy', '--dry-run', '--outdir', 'dist/worker-dry-run');
  console.log('\nThe Worker builds and its bindings are complete. Nothing was uploaded.');
} else {
  step('Who is logged in', 'wrangler', 'whoami');
  step('Apply the migrations', 'wrangler', 'd1', 'migrations', 'apply', 'DB', '--remote');
  step('Deploy', 'wrangler', 'deploy');
}
