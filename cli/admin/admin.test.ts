import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import { type RunningGateway, startGateway } from '../serve.ts';
import { addAdminCommands } from './commands.ts';

const ADMIN_TOKEN = 'admin-token-of-the-test';
const PIPELINE = `
prometheus.remote_write "mimir" {
  endpoint { url = "http://127.0.0.1:1/api/v1/push" }
}
spillway.receive "all" {
  metrics = [prometheus.remote_write.mimir.receiver]
}
`;

let dir: string;
let gateway: RunningGateway;

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

/** Runs the command in this process, as cli/main.ts does, with the state folder of a running gateway. */
async function run(...args: string[]): Promise<Outcome> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {});
  const err = vi.spyOn(console, 'error').mockImplementation(() => {});
  process.exitCode = 0;
  const program = new Command().exitOverride();
  addAdminCommands(program);
  await program.parseAsync(args, { from: 'user' });
  const texts = (spy: typeof out) => spy.mock.calls.map((call) => call.join(' ')).join('\n');
  const outcome = { out: texts(out), err: texts(err), exitCode: Number(process.exitCode) };
  process.exitCode = 0;
  vi.restoreAllMocks();
  return outcome;
}

const spillway = (...args: string[]) => run(...args, '--state', dir);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'spillway-admin-'));
  const logger = { info: () => {}, warn: () => {} };
  const options = { host: '127.0.0.1', port: 0, adminToken: ADMIN_TOKEN, allowPrivateDestinations: true, logger };
  gateway = await startGateway({ ...options, dataDir: join(dir, 'gateway') });
  writeFileSync(join(dir, 'admin.json'), JSON.stringify({ gateway: gateway.url, adminToken: ADMIN_TOKEN }));
  writeFileSync(join(dir, 'good.alloy'), PIPELINE);
  writeFileSync(join(dir, 'bad.alloy'), 'prometheus.remote_write "a" {\n  endpoint { }\n}\nnothing.like_it "b" { }\n');
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  rmSync(dir, { recursive: true, force: true });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('admin commands', () => {
  it('set up a tenant from nothing: tenant, token, pipeline, outboxes', async () => {
    expect((await spillway('tenant', 'create', 'acme')).exitCode).toBe(0);
    expect((await spillway('tenant', 'list')).out).toMatch(/acme +defaults/);
    const created = await spillway('token', 'create', 'host 1', '--tenant', 'acme', '--label', 'cluster=eu');
    expect(created.out).toMatch(/^spw_[0-9a-f]{16}_[0-9a-f]{48}$/m);
    expect((await spillway('token', 'list', '--tenant', 'acme')).out).toMatch(/host 1 +agent +cluster=eu .* valid/);
    expect((await spillway('outbox', 'list', '--tenant', 'acme')).out).toContain('no pipeline yet');
    expect((await spillway('pipeline', 'set', join(dir, 'good.alloy'), '--tenant', 'acme')).out).toContain('version 1');
    expect((await spillway('pipeline', 'get', '--tenant', 'acme')).out).toBe(PIPELINE.trimEnd());
    expect((await spillway('outbox', 'list', '--tenant', 'acme')).out).toMatch(
      /prometheus\.remote_write\.mimir +metrics +idle +0/,
    );
    const shown = await spillway('outbox', 'show', 'prometheus.remote_write.mimir', '--tenant', 'acme');
    expect(shown.out).toContain('no dead letters');
    const id = JSON.parse((await spillway('token', 'list', '--tenant', 'acme', '--json')).out).tokens[0].id;
    expect((await spillway('token', 'revoke', id, '--tenant', 'acme')).exitCode).toBe(0);
    expect((await spillway('token', 'list', '--tenant', 'acme')).out).toContain('revoked');
  }, 30_000);

  it('show every mistake of a pipeline with its line and leave the current one alone', async () => {
    await spillway('tenant', 'create', 'globex');
    const file = join(dir, 'bad.alloy');
    const { err, exitCode } = await spillway('pipeline', 'set', file, '--tenant', 'globex');
    expect(exitCode).toBe(1);
    expect(err).toContain('2 mistakes');
    expect(err).toContain(`${file}:2:`);
    expect(err).toContain(`${file}:4:`);
    expect((await spillway('pipeline', 'get', '--tenant', 'globex')).err).toContain('no pipeline yet');
  }, 30_000);

  it('say what is wrong and what to do, with exit code 1 for the gateway and 2 for the caller', async () => {
    const unknown = await spillway('token', 'list', '--tenant', 'nobody');
    expect(unknown).toMatchObject({ exitCode: 1, err: 'error: there is no tenant "nobody"' });
    const name = await spillway('tenant', 'create', 'Not A Name');
    expect(name).toMatchObject({ exitCode: 1, err: expect.stringContaining('a-z, 0-9') });
    const token = await run('tenant', 'list', '--gateway', gateway.url, '--admin-token', 'wrong');
    expect(token).toMatchObject({ exitCode: 1, err: expect.stringContaining('--admin-token') });
    const down = await run('tenant', 'list', '--gateway', 'http://127.0.0.1:1', '--admin-token', 'x');
    expect(down).toMatchObject({ exitCode: 1, err: expect.stringContaining('is it running?') });
    const nowhere = await run('tenant', 'list', '--state', join(dir, 'empty'));
    expect(nowhere).toMatchObject({ exitCode: 2, err: expect.stringContaining('--gateway') });
    const limit = await spillway('limits', 'set', 'ingestion_rate=5', '--tenant', 'nobody');
    expect(limit).toMatchObject({ exitCode: 2, err: expect.stringContaining('GROUP.NAME=VALUE') });
  }, 30_000);

  it('set single limits, take them back, and replace them all by a file; each change is a version', async () => {
    await spillway('tenant', 'create', 'umbrella');
    const set = (...args: string[]) => spillway('limits', 'set', ...args, '--tenant', 'umbrella');
    const get = async () => JSON.parse((await spillway('limits', 'get', '--tenant', 'umbrella', '--json')).out);
    expect(await get()).toMatchObject({ version: 0, limits: {}, effective: { metrics: { ingestion_rate: 10_000 } } });
    expect((await set('metrics.ingestion_rate=50000', 'logs.max_line_size=64KB')).out).toContain('version 1');
    expect((await set('metrics.accept_ha_samples=true', 'metrics.ingestion_rate=default')).out).toContain('version 2');
    expect((await get()).limits).toEqual({ logs: { max_line_size: '64KB' }, metrics: { accept_ha_samples: true } });
    const table = (await spillway('limits', 'get', '--tenant', 'umbrella')).out;
    expect(table).toMatch(/logs\.max_line_size +64KB \* +256KB +the line is left out/);
    writeFileSync(join(dir, 'limits.json'), '{"metrics":{"ingestion_rate":7}}');
    expect((await set('--file', join(dir, 'limits.json'))).exitCode).toBe(0);
    expect((await get()).limits).toEqual({ metrics: { ingestion_rate: 7 } });
    const wrong = await set('metrics.ingestion_rte=7', 'logs.max_line_size=big');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.err).toContain('metrics.ingestion_rte is not a limit; did you mean ingestion_rate?');
    expect(wrong.err).toContain('logs.max_line_size must be a size');
    expect((await get()).version).toBe(3);
  }, 30_000);

  it('hold, purge and resume an outbox, and ask before anything is lost', async () => {
    const destination = 'prometheus.remote_write.mimir';
    await spillway('tenant', 'create', 'initech');
    await spillway('pipeline', 'set', join(dir, 'good.alloy'), '--tenant', 'initech');
    const scopes = ['--scope', 'metrics:write', '--json'];
    const { token } = JSON.parse((await spillway('token', 'create', 'p', '--tenant', 'initech', ...scopes)).out);
    // Nothing listens at the destination, so what is pushed waits.
    const request = new WriteRequestBuilder();
    request.addSample(encodeLabelBlock([{ name: '__name__', value: 'up' }]), 1, Date.now());
    const body = snappyEncode(request.take());
    const pushed = await fetch(`${gateway.url}/api/v1/push`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
      },
      body: body as Uint8Array<ArrayBuffer>,
    });
    expect(pushed.status).toBe(204);
    const one = (command: string, ...args: string[]) =>
      spillway('outbox', command, destination, '--tenant', 'initech', ...args);
    expect((await spillway('outbox', 'list', '--tenant', 'initech')).out).toMatch(/ 1 .* in \d+s|now/);
    expect((await one('pause')).out).toContain('paused until "resume": prometheus.remote_write.mimir, 1 payload (');
    expect((await one('show')).out).toMatch(/state +paused by operator\nwhat to do +"spillway outbox resume"/);
    expect(await one('retry')).toMatchObject({ exitCode: 1, err: expect.stringContaining('not tried') });
    const asked = await one('purge');
    expect(asked).toMatchObject({ exitCode: 2, err: expect.stringContaining('1 payload (1 item,') });
    expect((await one('purge', '--yes')).out).toContain('dropped 1 payload with 1 item; still waiting: 0 payloads');
    expect((await one('resume')).out).toContain('0 payloads');
    expect((await one('dead-letters')).out).toBe('no dead letters');
    expect(await one('replay', '--id', '7')).toMatchObject({ exitCode: 1, err: expect.stringContaining('letter 7') });
    expect((await one('replay', '--all')).out).toBe('no dead letters');
    expect(await one('replay')).toMatchObject({ exitCode: 2, err: expect.stringContaining('--all') });
    const unknown = await spillway('outbox', 'pause', 'loki.write.nowhere', '--tenant', 'initech');
    expect(unknown).toMatchObject({ exitCode: 1, err: expect.stringContaining('loki.write.nowhere') });
  }, 30_000);

  it('print the answer as JSON with --json', async () => {
    expect(JSON.parse((await spillway('tenant', 'list', '--json')).out).tenants).toEqual(expect.any(Array));
    expect(JSON.parse((await spillway('token', 'list', '--tenant', 'nobody', '--json')).out).error).toBe(
      'tenant_unknown',
    );
  });
});
