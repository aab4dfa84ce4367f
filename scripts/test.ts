/**
 * `npm test`: fetches the Debian peers, builds the bundles the black-box tests run, runs every vitest project, and ends
 * with one line `N passed, N failed` (`, N skipped` and the names where a peer could not be had). Under CI=true a skip
 * is a failure. Arguments are handed to vitest: `npm test -- --project node core/relabel`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CI = process.env.CI === 'true';

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function step(title: string, command: string, args: readonly string[]): Promise<void> {
  console.log(`\n▸ ${title}`);
  const code = await run(command, args);
  if (code !== 0) {
    console.error(`${title}: failed (${command} ${args.join(' ')} exited with ${code})`);
    process.exit(1);
  }
}

const wanted = process.argv.slice(2);
const reportFolder = await mkdtemp(join(tmpdir(), 'spillway-test-'));
const reportFile = join(reportFolder, 'report.json');
try {
  await step('Debian peers for the black-box tests', process.execPath, ['scripts/fetch-peers.mjs']);
  await step('Build the bundles under test', process.execPath, ['scripts/build.mjs']);
  console.log('\n▸ Tests');
  const code = await run('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...wanted,
  ]);
  const report = JSON.parse(await readFile(reportFile, 'utf8')) as VitestReport;
  process.exitCode = summarize(report, code);
} finally {
  await rm(reportFolder, { recursive: true, force: true });
}

function summarize(report: VitestReport, vitestCode: number): number {
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const passed = results.filter((test) => test.status === 'passed').length;
  const failedTests = results.filter((test) => test.status === 'failed').length;
  // A file that does not load has no test to fail, yet it is a failure.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = results.filter((test) => !['passed', 'failed'].includes(test.status));
  let failed = failedTests + brokenFiles.length;
  for (const file of brokenFiles) console.error(`did not run: ${file.name}\n${file.message ?? ''}`);
  for (const test of skipped) console.log(`skipped: ${test.fullName}`);
  if (CI && skipped.length > 0) {
    console.error(`${skipped.length} skipped under CI=true: each counts as a failure`);
    failed += skipped.length;
  }
  if (failed === 0 && vitestCode !== 0) {
    console.error(`vitest exited with ${vitestCode} though no test failed: see the errors above`);
    failed = 1;
  }
  const skippedText = skipped.length > 0 && !CI ? `, ${skipped.length} skipped` : '';
  console.log(`\n${passed} passed, ${failed} failed${skippedText}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
