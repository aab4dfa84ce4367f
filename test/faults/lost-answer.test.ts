/**
 * F18: the answer to a batch is lost on its way back. The agent sends the same batch again under the same key, and the
 * gateway, which has taken it, does nothing but say so.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { ChaosProxy } from '../support/chaos-proxy.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

it('F18: a batch whose answer was lost arrives once', async () => {
  const store = await FakeDestination.start();
  const gateway = await TestGateway.start();
  const proxy = await ChaosProxy.start(gateway.url);
  const folder = tempFolder('lost-answer');
  const file = join(folder.path, 'app.log');
  writeFileSync(file, '');
  const token = await gateway.createTenant('lost-answer', forwardPipeline(store.url));
  const agent = await TestAgent.start(`
loki.source.file "app" {
  targets    = [{ "__path__" = "${file}", "job" = "app" }]
  forward_to = [spillway.write.gateway.logs_receiver]
}

spillway.write "gateway" {
  url   = "${proxy.url}"
  token = "${token}"
}
`);
  try {
    let written = 0;
    for (const afterBytes of [0, 9]) {
      // The gateway gets the whole request and answers; the agent sees the connection end.
      proxy.standing = { kind: 'cut_response', afterBytes };
      proxy.resetAll();
      for (let i = 0; i < 10; i++) appendFileSync(file, `line ${written++}\n`);
      await waitUntil('the lines have arrived at the store', () => store.lineCount >= written);
      const answersLost = proxy.connections;
      await waitUntil('the agent has tried again', () => proxy.connections > answersLost);
      proxy.standing = { kind: 'none' };
      await waitUntil(
        'the agent knows that they were taken',
        async () => (await agent.metric('spillway_agent_delivered_items_total')) === written,
      );
    }
    const lines = [...store.lines.values()].flat();
    expect(lines).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`));
  } finally {
    await agent.stop();
    await proxy.close();
    await gateway.stop();
    await store.close();
    folder.remove();
  }
});
