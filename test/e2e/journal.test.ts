/**
 * loki.source.journal in the real agent, with the real journalctl on real journal files: `kill -9` of agent and journalctl
 * at any moment, rotations and an outage of the destination lose no entry and repeat none.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { requireJournal, rotateJournal, writeJournal } from '../support/journal.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

let folder: ReturnType<typeof tempFolder>;
let journal: string;
let destination: FakeDestination;
let agent: TestAgent;

const config = (url: string, path: string, own = '') => `
loki.relabel "journal" {
  forward_to = []
  rule {
    source_labels = ["__journal__systemd_unit"]
    target_label  = "unit"
  }
  rule {
    source_labels = ["__journal_priority_keyword"]
    target_label  = "level"
  }
}
loki.source.journal "system" {
  path          = "${path}"
  max_age       = "0s"
  relabel_rules = loki.relabel.journal.rules
  labels        = { host = "h" }
  forward_to    = [loki.write.store.receiver]
  ${own}
}
loki.write "store" {
  endpoint {
    url                = "${url}/loki/api/v1/push"
    batch_wait         = "50ms"
    min_backoff_period = "30ms"
    max_backoff_period = "100ms"
  }
}
`;

beforeEach(async () => {
  folder = tempFolder('journal-e2e');
  journal = join(folder.path, 'journal');
  mkdirSync(journal);
  destination = await FakeDestination.start();
});

afterEach(async () => {
  await agent.stop();
  await destination.close().catch(() => undefined);
  folder.remove();
});

let written = 0;

function write(count: number): void {
  const entries = Array.from({ length: count }, () => {
    const i = written++;
    return {
      realtimeUs: 1_790_000_000_000_000n + BigInt(i) * 1000n,
      fields: [
        ['MESSAGE', `entry ${i}`],
        ['PRIORITY', String(i % 8)],
        ['_SYSTEMD_UNIT', `unit-${i % 3}.service`],
      ] as const,
    };
  });
  writeJournal(journal, entries);
}

const refusals = () => destination.requests.filter(({ status }) => status === 503).length;

/**
 * A kill repeats the request that is under way (test/faults/agent-kill.test.ts). What was taken before is one no longer
 * when the next one is refused.
 */
async function stopTaking(): Promise<void> {
  destination.refuseWith = 503;
  const before = refusals();
  write(1);
  await waitUntil('a request is refused', () => refusals() > before, { everyMs: 5 });
}

const received = () => [...destination.lines.values()].flat();

interface ComponentJson {
  readonly health: { readonly state: string; readonly message: string };
  readonly debugInfo?: unknown;
}

async function component(): Promise<ComponentJson> {
  const response = await fetch(`${agent.url}/api/v0/web/components/loki.source.journal.system`);
  return (await response.json()) as ComponentJson;
}

describe.skipIf(!requireJournal())('loki.source.journal', () => {
  beforeEach(() => {
    written = 0;
  });

  it('delivers every entry once, under its labels, over kills of agent and journalctl, rotations and an outage', async () => {
    write(20);
    agent = await TestAgent.start(config(destination.url, journal));
    for (let round = 0; round < 12; round++) {
      const isKill = round % 3 !== 2;
      if (isKill) await stopTaking();
      write(50);
      await sleep((round * 37) % 150);
      if (round % 4 === 3) rotateJournal(journal);
      if (isKill) {
        await agent.kill();
        write(10);
        await agent.run();
      } else {
        const pid = /pid (\d+)/.exec(JSON.stringify((await component()).debugInfo))?.[1];
        if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
      }
      destination.refuseWith = round % 5 === 4 ? 503 : 0;
    }
    destination.refuseWith = 0;
    write(1);
    await waitUntil('every entry has arrived', () => received().includes(`entry ${written - 1}`));
    await waitUntil('every entry has arrived', () => received().length >= written);
    const order = (line: string) => Number(line.slice('entry '.length));
    expect(
      received()
        .map(order)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: written }, (_, i) => i));
    for (const lines of destination.lines.values()) {
      expect(lines.map(order)).toEqual(lines.map(order).sort((a, b) => a - b));
    }
    expect([...destination.lines.keys()]).toContain(
      '{host="h", job="loki.source.journal.system", level="error", unit="unit-0.service"}',
    );
  });

  it('tells why it reads nothing, and does not keep the machine busy with trying', async () => {
    agent = await TestAgent.start(config(destination.url, join(folder.path, 'nowhere')));
    const { health } = await waitUntil('it is told', async () => {
      const found = await component();
      return found.health.state === 'unhealthy' && found;
    });
    expect(health.message).toContain('nowhere: No such file or directory');
    expect(agent.output.match(/the journal cannot be read/g)?.length).toBeLessThan(4);
  });
});
