/** A destination that refuses for a while, and `kill -9` in the middle: nothing acknowledged is lost, order holds. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { push } from '../support/remote-write-client.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const SERIES = ['a', 'b', 'c', 'd', 'e'];

/** Pushes one sample of each series per call and remembers which timestamps were acknowledged. */
class Pusher {
  readonly acknowledged: number[] = [];
  readonly #gateway: TestGateway;
  readonly #token: string;
  #timestampMs = Date.now() - 3_600_000;

  constructor(gateway: TestGateway, token: string) {
    this.#gateway = gateway;
    this.#token = token;
  }

  /** As an agent does: repeats the same samples until they are taken. */
  async pushUntilTaken(): Promise<void> {
    const timestampMs = (this.#timestampMs += 1000);
    await waitUntil('the gateway takes the push', async () => {
      const response = await push(
        this.#gateway.url,
        this.#token,
        SERIES.map((name) => ({ labels: { __name__: name, job: 'outage' }, value: timestampMs, timestampMs })),
      );
      return response.ok;
    });
    this.acknowledged.push(timestampMs);
  }

  async pushTimes(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.pushUntilTaken();
  }
}

/** Repeats are allowed (at least once), anything else out of order is not. */
function firstArrivals(timestamps: readonly number[]): number[] {
  return [...new Set(timestamps)];
}

describe('outage', () => {
  let destination: FakeDestination;
  let gateway: TestGateway;
  let token: string;

  beforeEach(async () => {
    destination = await FakeDestination.start();
    gateway = await TestGateway.start();
    token = await gateway.createTenant('home', forwardPipeline(destination.url));
  });

  afterEach(async () => {
    await gateway?.stop();
    await destination?.close().catch(() => undefined);
  });

  async function expectEverythingInOrder(acknowledged: readonly number[]): Promise<void> {
    await waitUntil('the outbox is empty', async () => (await gateway.queuedItems('home')) === 0, {
      timeoutMs: 60_000,
    });
    for (const name of SERIES) {
      expect(firstArrivals(destination.samples.get(`{__name__="${name}", job="outage"}`) ?? [])).toEqual(acknowledged);
    }
    for (const outbox of await gateway.outboxes('home')) expect(outbox.deadLetters).toBe(0);
  }

  it('queues while the destination answers 503 and drains in order when it recovers', async () => {
    const pusher = new Pusher(gateway, token);
    await pusher.pushTimes(5);
    destination.refuseWith = 503;
    await pusher.pushTimes(10);
    expect(await gateway.queuedItems('home')).toBe(10 * SERIES.length);
    destination.refuseWith = 0;
    await pusher.pushTimes(10);
    await expectEverythingInOrder(pusher.acknowledged);
  });

  it('queues while nothing listens at the destination', async () => {
    const pusher = new Pusher(gateway, token);
    await pusher.pushTimes(2);
    await destination.close();
    await pusher.pushTimes(5);
    await destination.listen();
    await pusher.pushTimes(2);
    await expectEverythingInOrder(pusher.acknowledged);
  });

  it('keeps what it acknowledged when workerd is killed with a backlog, and again while draining', async () => {
    const pusher = new Pusher(gateway, token);
    await pusher.pushTimes(3);
    destination.refuseWith = 503;
    await pusher.pushTimes(10);
    await gateway.kill();
    await gateway.run();
    await pusher.pushTimes(3);
    destination.refuseWith = 0;
    await waitUntil(
      'the drain has begun',
      () => (destination.samples.get('{__name__="a", job="outage"}')?.length ?? 0) > 3,
    );
    await gateway.kill();
    await gateway.run();
    await pusher.pushTimes(3);
    await expectEverythingInOrder(pusher.acknowledged);
  });

  it("keeps the agent's lines through kill -9 of the agent and an outage of the gateway", async () => {
    const folder = tempFolder('tailed');
    const file = join(folder.path, 'app.log');
    writeFileSync(file, '');
    let written = 0;
    const write = (lines: number) => {
      for (let i = 0; i < lines; i++) appendFileSync(file, `line ${written++}\n`);
    };
    const agent = await TestAgent.start(`
local.file_match "app" {
  path_targets = [{ "__path__" = "${file}", "job" = "app" }]
  sync_period  = "1s"
}

loki.source.file "app" {
  targets    = local.file_match.app.targets
  forward_to = [spillway.write.gateway.logs_receiver]
}

spillway.write "gateway" {
  url   = "${gateway.url}"
  token = "${token}"
}
`);
    try {
      write(50);
      await waitUntil('the first lines arrived', () => destination.lineCount >= 50);
      write(50);
      await agent.kill();
      write(50);
      await gateway.kill();
      await agent.run();
      write(50);
      await waitUntil('the agent has read on', async () => {
        await agent.kill();
        write(10);
        await agent.run();
        return true;
      });
      await gateway.run();
      await waitUntil('every line arrived', () => destinationLines(destination).length >= written, {
        timeoutMs: 60_000,
      });
      expect(destinationLines(destination)).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`));
    } finally {
      await agent.stop();
      folder.remove();
    }
  });
});

function destinationLines(destination: FakeDestination): string[] {
  return [...new Set([...destination.lines.values()].flat())];
}
