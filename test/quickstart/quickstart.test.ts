/** docs/quickstart.md is true: its commands, and no others, bring this host's data from a fresh clone into a Prometheus. */
import { expect, it } from 'vitest';
import { requirePeer } from '../support/peers.ts';
import { runQuickstart } from './run.ts';

const isPossible = requirePeer('prometheus');

it.skipIf(!isPossible)(
  'the commands of the page end with data in a real Prometheus',
  { timeout: 600_000 },
  async () => {
    const steps = await runQuickstart(() => {});
    expect(steps.reduce((sum, { commands }) => sum + commands, 0)).toBeGreaterThan(0);
  },
);
