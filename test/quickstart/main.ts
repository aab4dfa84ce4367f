/** `npm run quickstart`: follows docs/quickstart.md in a fresh clone and prints the table that stands there. */
import { cpus } from 'node:os';
import { peer } from '../support/peers.ts';
import { runQuickstart } from './run.ts';

if (peer('prometheus') === undefined) {
  console.error('quickstart: no prometheus here: run `node scripts/fetch-peers.mjs` (Debian), or put it on the PATH');
  process.exit(1);
}
console.log('Following docs/quickstart.md in a fresh clone of what is committed:\n');
const steps = await runQuickstart((line) => console.log(line));
const commands = steps.reduce((sum, step) => sum + step.commands, 0);
const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
const rows = steps.map((step) => `| ${step.title} | ${step.commands || ''} | ${step.seconds.toFixed(1)} |`);
console.log(
  `\n${commands} commands, ${seconds.toFixed(0)} s on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}\n`,
);
console.log(['| step | commands | seconds |', '| --- | --- | --- |', ...rows].join('\n'));
