/**
 * F8: the agent on a disk that is full or read-only, a real one of a few megabytes where a test may mount it (root); what
 * needs no mount is in agent-lite/spool/spool.test.ts. No client is told that data is stored while it is not, scrapes and
 * delivery go on, health, page and metrics say what is wrong, and all heals without a restart.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { listenOnLoopback, portOf } from '../support/loopback.ts';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';
import { faultedAgentConfig } from './agent-config.ts';

const DISK_BYTES = 2 * 1024 * 1024;

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

function unmount(path: string): void {
  spawnSync('umount', ['-l', path], { stdio: 'ignore' });
}

function mountsAreAllowed(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const { path, remove } = tempFolder('may-mount');
  const allowed = mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path);
  if (allowed) unmount(path);
  remove();
  return allowed;
}

describe.skipIf(!mountsAreAllowed())('F8: the agent on a small real disk', () => {
  let folder: { path: string; remove: () => void };
  let disk: string;
  let destination: FakeDestination;
  let exporter: Server;
  let scrapes = 0;
  let agent: TestAgent;
  let otlpPort: number;
  let written = 0;

  beforeEach(async () => {
    folder = tempFolder('small-disk');
    disk = join(folder.path, 'disk');
    mkdirSync(disk);
    expect(mount('-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=0700`, 'tmpfs', disk)).toBe(true);
    destination = await FakeDestination.start();
    scrapes = 0;
    exporter = createServer((_request, response) => response.end(`scrapes_total ${++scrapes}\n`));
    await listenOnLoopback(exporter);
    otlpPort = await freePort();
    written = 0;
    writeFileSync(join(folder.path, 'app.log'), '');
    agent = await TestAgent.start(config(), { storagePath: join(disk, 'data') });
  });

  afterEach(async () => {
    await agent.stop();
    unmount(disk);
    await destination.close().catch(() => undefined);
    await new Promise((resolve) => exporter.close(resolve));
    folder.remove();
  });

  function config(): string {
    return faultedAgentConfig({
      destinationUrl: destination.url,
      exporterPort: portOf(exporter),
      logFile: join(folder.path, 'app.log'),
      otlpPort,
      lokiBackoff: 'max_backoff_period = "500ms"',
    });
  }

  const writeLines = (count: number) => {
    for (let i = 0; i < count; i++) appendFileSync(join(folder.path, 'app.log'), `line ${written++}\n`);
  };

  async function pushSpan(name: string): Promise<number> {
    const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name, kind: 1 };
    const response = await fetch(`http://127.0.0.1:${otlpPort}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** Of the component's page. */
  async function healthOf(id: string): Promise<{ state: string; message: string }> {
    const response = await fetch(`${agent.url}/api/v0/web/components/${id}`);
    return ((await response.json()) as { health: { state: string; message: string } }).health;
  }

  const isDegraded = async () =>
    (await healthOf('prometheus.remote_write.store')).state === 'unhealthy' &&
    (await healthOf('loki.write.store')).state === 'unhealthy';

  async function expectHealed(acknowledged: readonly string[]): Promise<void> {
    writeLines(10);
    const lines = () => [...destination.lines.values()].flat();
    await waitUntil('every line arrived', () => new Set(lines()).size >= written);
    expect([...new Set(lines())]).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`));
    await waitUntil('a span is taken', async () => (await pushSpan('healed')) === 200);
    await waitUntil('the acknowledged spans arrived', () =>
      acknowledged.every((name) => destination.spanNames.includes(name)),
    );
    await waitUntil('all components are well', async () => (await fetch(`${agent.url}/-/healthy`)).ok);
    for (const times of destination.samples.values()) {
      expect([...new Set(times)]).toEqual([...new Set(times)].sort((a, b) => a - b));
    }
  }

  it('disk full: acknowledges nothing, scrapes on, says so everywhere, and heals when space returns', async () => {
    writeLines(20);
    await waitUntil('the first lines arrived', () => destination.lineCount >= 20);
    expect(await pushSpan('before')).toBe(200);
    // What is delivered leaves the disk, so a disk is full for an agent that can deliver nothing.
    destination.refuseWith = 503;
    const filler = join(disk, 'filler');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096'], { stdio: 'ignore' });
    // What is left of the last page of each segment.
    await waitUntil('the disk takes no more', async () => {
      writeLines(50);
      return isDegraded();
    });
    const before = scrapes;
    await waitUntil('scrapes go on', () => scrapes > before + 5);
    const statuses = new Map<string, number>();
    await waitUntil('a span is refused', async () => {
      const name = `span ${statuses.size}`;
      statuses.set(name, await pushSpan(name));
      return statuses.get(name) === 503;
    });
    const { message } = await healthOf('loki.write.store');
    expect(message).toMatch(
      /^degraded since .*: loki\.write\.store: the spool cannot be written: .*(ENOSPC|took only a part)/,
    );
    expect((await fetch(`${agent.url}/-/healthy`)).status).toBe(500);
    expect(await agent.metric('spillway_agent_spool_free_bytes')).toBe(0);
    const page = await (await fetch(`${agent.url}/api/v0/web/components/loki.write.store`)).text();
    expect(page).toContain('degraded: spool unavailable');

    rmSync(filler);
    destination.refuseWith = 0;
    const acknowledged = [...statuses].filter(([, status]) => status === 200).map(([name]) => name);
    await expectHealed(['before', ...acknowledged]);
    expect(await agent.metric('spillway_agent_dropped_items_total')).toBe(0);
  });

  it('disk filled by others: what was delivered leaves it, and the agent goes on without their room', async () => {
    destination.refuseWith = 503;
    const log = join(folder.path, 'app.log');
    for (let i = 0; i < 6; i++) {
      const lines = Array.from({ length: 1000 }, () => `line ${written++} ${randomBytes(60).toString('base64')}\n`);
      appendFileSync(log, lines.join(''));
    }
    await waitUntil(
      'the lines are on the spool',
      async () => (await agent.metric('spillway_agent_spool_items')) > 6000,
    );
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4096'], { stdio: 'ignore' });
    destination.refuseWith = 0;
    const lines = () => [...destination.lines.values()].flat().map((line) => line.split(' ', 2).join(' '));
    await waitUntil('every line arrived', () => new Set(lines()).size >= written);
    writeLines(10);
    await waitUntil('lines are taken again', () => new Set(lines()).size >= written);
    expect([...new Set(lines())]).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`));
    await waitUntil('all components are well', async () => (await fetch(`${agent.url}/-/healthy`)).ok);
  });

  it('read-only: starts, delivers what it holds, acknowledges nothing, and heals when it is writable', async () => {
    destination.refuseWith = 503;
    writeLines(20);
    expect(await pushSpan('before')).toBe(200);
    await waitUntil('the lines are on the spool', async () => (await agent.metric('spillway_agent_spool_items')) > 20);
    await agent.kill();
    expect(mount('-o', 'remount,ro', disk)).toBe(true);
    destination.refuseWith = 0;
    await agent.run();
    await waitUntil('what was stored is delivered', () => destination.spanNames.includes('before'));
    writeLines(20);
    await waitUntil('the disk takes nothing', isDegraded);
    expect((await healthOf('prometheus.remote_write.store')).message).toContain('EROFS');
    expect(await pushSpan('refused')).toBe(503);
    const before = scrapes;
    await waitUntil('scrapes go on', () => scrapes > before + 5);
    expect(mount('-o', 'remount,rw', disk)).toBe(true);
    await expectHealed(['before']);
  });
});
