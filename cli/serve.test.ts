import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyDecode, snappyEncode } from '../core/codec/snappy.ts';
import {
  decodeWriteRequest,
  encodeLabelBlock,
  sampleValue,
  WriteRequestBuilder,
} from '../core/wire/remote-write/v1.ts';
import { type RunningGateway, startGateway } from './serve.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test';
const SECRETS_KEY = `test:${Buffer.alloc(32, 7).toString('base64')}`;
const logger = { info: () => {}, warn: () => {} };

let dataDir: string;
let gateway: RunningGateway;
let destination: Destination;

/** A destination on loopback that answers as it is told and keeps the values that it took. */
class Destination {
  status = 204;
  readonly values: number[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await bytesOf(request);
      if (this.status === 204) this.values.push(...valuesOf(body));
      response.writeHead(this.status).end();
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/push`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function valuesOf(body: Uint8Array): number[] {
  const { series } = decodeWriteRequest(snappyDecode(body, 1_000_000));
  return series.flatMap(({ samples }) => samples.map(sampleValue));
}

function start(): Promise<RunningGateway> {
  const options = {
    host: '127.0.0.1',
    port: 0,
    adminToken: ADMIN_TOKEN,
    secretsKey: SECRETS_KEY,
    allowPrivateDestinations: true,
    logger,
  };
  return startGateway({ ...options, dataDir });
}

async function admin(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${gateway.url}/admin/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, text: await response.text() };
}

async function createTenant(url: string): Promise<string> {
  await admin('POST', 'tenants', '{"name":"acme"}');
  const pipeline = `
    prometheus.remote_write "there" { endpoint { url = "${url}" } }
    spillway.receive "all" { metrics = [prometheus.remote_write.there.receiver] }`;
  expect((await admin('PUT', 'tenants/acme/pipeline', pipeline)).status).toBe(200);
  const created = await admin('POST', 'tenants/acme/tokens', '{"name":"test","scopes":["metrics:write"]}');
  return JSON.parse(created.text).token;
}

async function push(token: string, value: number): Promise<number> {
  const builder = new WriteRequestBuilder();
  const labels = encodeLabelBlock([{ name: '__name__', value: 'up' }]);
  builder.addSample(labels, value, 1_700_000_000_000 + value);
  const response = await fetch(`${gateway.url}/api/v1/push`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
    },
    body: snappyEncode(builder.take()),
  });
  return response.status;
}

async function killGateway(): Promise<void> {
  process.kill(gateway.pid, 'SIGKILL');
  await gateway.exited;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'spillway-serve-'));
  destination = new Destination();
  gateway = await start();
});

afterEach(async () => {
  await gateway.stop();
  destination.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('serve', () => {
  it('delivers a push to a destination on this machine', async () => {
    const token = await createTenant(await destination.start());
    expect(await push(token, 1)).toBe(204);
    expect(destination.values).toEqual([1]);
    const overview = await vi.waitFor(
      async () => {
        const found = JSON.parse((await admin('GET', 'overview')).text);
        expect(found.tenants[0].signals.metrics.acceptedTotal).toBe(1);
        return found;
      },
      { timeout: 30_000 },
    );
    expect(overview.tenants[0]).toMatchObject({
      name: 'acme',
      outboxes: [{ destination: 'prometheus.remote_write.there', state: 'idle' }],
    });
  });

  it('has every acknowledged sample, tenant, token and pipeline after kill -9 and a new start, and delivers in order', async () => {
    const token = await createTenant(await destination.start());
    destination.status = 503;
    const acknowledged: number[] = [];
    for (let value = 1; value <= 20; value++) if ((await push(token, value)) === 204) acknowledged.push(value);
    expect(acknowledged).toHaveLength(20);
    await killGateway();
    destination.status = 204;
    gateway = await start();
    await vi.waitFor(() => expect(destination.values).toHaveLength(20), { timeout: 90_000 });
    expect(destination.values).toEqual(acknowledged);
    expect(await push(token, 21)).toBe(204);
  });

  it('loses nothing acknowledged when it is killed at any moment under load, with its destination up and down', async () => {
    const token = await createTenant(await destination.start());
    const acknowledged: number[] = [];
    let value = 0;
    let pushing = true;
    const pusher = async () => {
      while (pushing) {
        const mine = ++value;
        const status = await push(token, mine).catch(() => sleep(10));
        if (status === 204) acknowledged.push(mine);
      }
    };
    const pushers = [pusher(), pusher(), pusher()];
    for (let kills = 0; kills < 5; kills++) {
      destination.status = kills % 2 === 0 ? 503 : 204;
      await sleep(50 + Math.random() * 300);
      await killGateway();
      gateway = await start();
    }
    destination.status = 204;
    pushing = false;
    await Promise.all(pushers);
    const lost = () => acknowledged.filter((found) => !destination.values.includes(found));
    expect(acknowledged.length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(lost()).toEqual([]), { timeout: 90_000, interval: 250 });
    // A kill can repeat what was in flight: one payload for each outbox, and there is one outbox.
    expect(destination.values.length - new Set(destination.values).size).toBeLessThanOrEqual(5);
  });

  it('ends its workerd on stop, and the workerd of a run that was killed when it starts again', async () => {
    const first = gateway.pid;
    const second = await start();
    expect(isAlive(first)).toBe(false);
    expect((await fetch(`${second.url}/-/ready`)).status).toBe(200);
    await second.stop();
    expect(isAlive(second.pid)).toBe(false);
  });

  it('leaves alone a gateway that someone else runs on the folder', async () => {
    const serve = `import { startGateway } from ${JSON.stringify(join(import.meta.dirname, 'serve.ts'))};
      const options = ${JSON.stringify({ dataDir, host: '127.0.0.1', port: 0, adminToken: 'x', secretsKey: SECRETS_KEY, allowPrivateDestinations: true })};
      await startGateway({ ...options, logger: { info() {}, warn() {} } }).catch((e) => { console.error(e.message); process.exit(7); });`;
    const other = spawnSync(process.execPath, ['--input-type=module', '-e', serve], {
      encoding: 'utf8',
      timeout: 90_000,
    });
    expect(other.stderr).toContain(
      `is in use by a running gateway (pid ${gateway.pid}, started by pid ${process.pid})`,
    );
    expect(other.status).toBe(7);
    expect(isAlive(gateway.pid)).toBe(true);
  });

  it('says what to do when the port is taken', async () => {
    const taken = Number(new URL(gateway.url).port);
    const other = mkdtempSync(join(tmpdir(), 'spillway-serve-'));
    const options = {
      host: '127.0.0.1',
      port: taken,
      adminToken: 'x',
      secretsKey: SECRETS_KEY,
      allowPrivateDestinations: true,
      logger,
    };
    await expect(startGateway({ ...options, dataDir: other })).rejects.toThrow(
      `Another process listens on 127.0.0.1:${taken}`,
    );
    rmSync(other, { recursive: true, force: true });
  });
});
