/**
 * Runs cases against both senders. All cases of a file run at once, in one process of each sender and in both at the same
 * time, so a file takes as long as its slowest case.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { waitUntil } from '../../../support/wait-until.ts';
import { AgentSender } from './agent-sender.ts';
import { GatewaySender } from './gateway-sender.ts';
import { Receiver } from './receiver.ts';
import type { SenderCase, SenderKind } from './sender-case.ts';
import { firstExposed } from './sent.ts';

/** By the name of the Go test. The case of a test without subtests is `(body)`. */
export type Suite = Readonly<Record<string, readonly SenderCase[]>>;

const SENDERS = { agent: AgentSender, gateway: GatewaySender } as const;

/** The longest that a case needs on a machine of its own is the gateway's third attempt, after at most 6 s. */
const MAX_WAIT_MS = 60_000;

interface Run {
  readonly kind: SenderKind;
  readonly tests: readonly (readonly [test: string, cases: readonly Started[]])[];
  sender?: AgentSender | GatewaySender;
}

/** A case under the name that its component, its tenant and its path have: that of a test without subtests is the test's. */
interface Started {
  readonly name: string;
  readonly started: SenderCase;
}

export function senderSuite(suite: Suite): void {
  const runs = (['agent', 'gateway'] as const).map((kind): Run => ({ kind, tests: testsOf(suite, kind) }));
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
    await Promise.all(runs.map((run) => start(run, receiver)));
  });
  afterAll(async () => {
    await Promise.all(runs.map(({ sender }) => sender?.stop()));
    await receiver?.stop();
  });
  for (const run of runs) if (run.tests.length > 0) describe(run.kind, () => describeTests(run));
}

function testsOf(suite: Suite, kind: SenderKind): Run['tests'] {
  const runs = ({ only = kind }: SenderCase) => only === kind;
  return Object.entries(suite)
    .map(
      ([test, cases]) =>
        [test, cases.filter(runs).map((one) => ({ name: one.name, started: named(test, one) }))] as const,
    )
    .filter(([, cases]) => cases.length > 0);
}

function named(test: string, one: SenderCase): SenderCase {
  return one.name === '(body)' ? { ...one, name: test } : one;
}

async function start(run: Run, receiver: Receiver): Promise<void> {
  const cases = run.tests.flatMap(([, started]) => started.map((one) => one.started));
  if (cases.length > 0) run.sender = await SENDERS[run.kind].start(cases, receiver);
}

function describeTests(run: Run): void {
  for (const [test, cases] of run.tests) {
    describe(test, () => {
      it.each([...cases])('$name', async ({ started }) => {
        const sender = run.sender!;
        const sent = await sender.sent(started);
        const until = started.until ?? (({ requests }) => firstExposed(requests) !== undefined);
        const what = `the check has what it needs (the push was answered ${sent.pushStatus})`;
        await waitUntil(what, () => until(sent), { everyMs: 20, timeoutMs: MAX_WAIT_MS });
        await started.check(sent);
        sender.checkAlive();
      });
    });
  }
}
