import { spawn, spawnSync } from 'node:child_process';
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
const SECRETS_KEY = `test:${Buffer.alloc(32, 7).toString('base64')}`;
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
  const asItIs = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  process.exitCode = 0;
  const program = new Command().exitOverride();
  addAdminCommands(program);
  await program.parseAsync(args, { from: 'user' });
  const texts = (spy: typeof out) => spy.mock.calls.map((call) => call.join(' ')).join('\n');
  const outcome = { out: texts(out) + asItIs.mock.calls.join(''), err: texts(err), exitCode: Number(process.exitCode) };
  process.exitCode = 0;
  vi.restoreAllMocks();
  return outcome;
}

const spillway = (...args: string[]) => run(...args, '--state', dir);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'spillway-admin-'));
  const logger = { info: () => {}, warn: () => {} };
  const options = {
    host: '127.0.0.1',
    port: 0,
    adminToken: ADMIN_TOKEN,
    secretsKey: SECRETS_KEY,
    allowPrivateDestinations: true,
    logger,
  };
  gateway = await startGateway({ ...options, dataDir: join(dir, 'gateway') });
  writeFileSync(join(dir, 'admin.json'), JSON.stringify({ gateway: gateway.url, adminToken: ADMIN_TOKEN }));
  writeFileSync(join(dir, 'good.alloy'), PIPELINE);
  writeFileSync(join(dir, 'bad.alloy'), 'prometheus.remote_write "a" {\n  endpoint { }\n}\nnothing.like_it "b" { }\n');
});

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
    expect((await spillway('pipeline', 'get', '--tenant', 'acme')).out).toBe(PIPELINE);
    expect((await spillway('outbox', 'list', '--tenant', 'acme')).out).toMatch(
      /prometheus\.remote_write\.mimir +metrics +idle +0/,
    );
    const shown = await spillway('outbox', 'show', 'prometheus.remote_write.mimir', '--tenant', 'acme');
    expect(shown.out).toContain('no dead letters');
    const id = JSON.parse((await spillway('token', 'list', '--tenant', 'acme', '--json')).out).tokens[0].id;
    expect((await spillway('token', 'revoke', id, '--tenant', 'acme')).exitCode).toBe(0);
    expect((await spillway('token', 'list', '--tenant', 'acme')).out).toContain('revoked');
  });

  it('hand out tokens with limits and an end, change, rotate and show them, and say what to do next', async () => {
    await spillway('tenant', 'create', 'tokens-inc');
    const of = ['--tenant', 'tokens-inc'];
    const limit = ['--limit', 'metrics.ingestion_rate=1000', '--limit', 'logs.ingestion_rate_mb=0.5'];
    const created = await spillway('token', 'create', 'team a', ...of, '--expires', '90d', ...limit);
    const [token = ''] = created.out.split('\n');
    expect(created.out).toContain(`next: curl -fsSL ${gateway.url}/install.sh | sudo sh -s -- --token ${token}`);
    const [, id = ''] = token.split('_');
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const shown = (await spillway('token', 'list', ...of)).out;
    expect(shown).toMatch(
      /team a +agent +metrics\.ingestion_rate=1000 logs\.ingestion_rate_mb=0\.5 .* never +valid until/,
    );
    expect(shown).toContain(`valid until ${inDays(90)}`);
    const set = await spillway(
      'token',
      'set',
      token,
      ...of,
      '--expires',
      'never',
      '--limit',
      'logs.ingestion_rate_mb=default',
    );
    expect(set.out).toBe(`${id} (team a): valid, limits: metrics.ingestion_rate=1000`);
    const rotated = await spillway('token', 'rotate', id, ...of, '--grace', '7d');
    expect(rotated.out).toMatch(/^spw_[0-9a-f]{16}_[0-9a-f]{48}$/m);
    expect(rotated.out).toContain(`the old one, ${id}, works until ${inDays(7)}`);
    expect((await spillway('token', 'list', ...of)).out).toMatch(
      new RegExp(`${id} .*valid until ${inDays(7)}.*, replaced by [0-9a-f]{16}`),
    );
    expect(await spillway('token', 'rotate', id, ...of)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('was replaced by'),
    });
    for (const [mistake, ...args] of [
      ['--expires "90x": write 90d', 'create', 'x', '--expires', '90x'],
      ['that is in the past', 'create', 'x', '--expires', '2020-01-01'],
      [
        'metrics.max_recv_msg_size is a limit of the tenant only',
        'create',
        'x',
        '--limit',
        'metrics.max_recv_msg_size=5',
      ],
      ['did you mean ingestion_rate', 'create', 'x', '--limit', 'metrics.ingestion_rat=5'],
      ['nothing to set', 'set', id],
      ['--grace "soon": write 30m', 'rotate', id, '--grace', 'soon'],
    ] as const) {
      const { exitCode, err } = await spillway('token', ...args, ...of);
      expect([exitCode, err]).toEqual([2, expect.stringContaining(mistake)]);
    }
  });

  it('show what a tenant sent', async () => {
    await spillway('tenant', 'create', 'usage-inc');
    await spillway('pipeline', 'set', join(dir, 'good.alloy'), '--tenant', 'usage-inc');
    const { token } = JSON.parse((await spillway('token', 'create', 'p', '--tenant', 'usage-inc', '--json')).out);
    expect((await spillway('usage', '--tenant', 'usage-inc')).out).toBe('nothing came from usage-inc in that time');
    const builder = new WriteRequestBuilder();
    builder.addSample(encodeLabelBlock([{ name: '__name__', value: 'up' }]), 1, Date.now());
    const body = snappyEncode(builder.take());
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
    };
    const pushed = await fetch(`${gateway.url}/api/v1/push`, { method: 'POST', headers, body: body as BodyInit });
    expect(pushed.status).toBe(204);
    const today = new Date().toISOString().slice(0, 10);
    await expect
      .poll(async () => (await spillway('usage', '--tenant', 'usage-inc')).out, { timeout: 30_000 })
      .toMatch(new RegExp(`${today} +metrics +1 +0 +0 +0 +1 +${body.length} B +█{20}`));
    expect((await spillway('usage')).out).toMatch(/usage-inc +metrics +1 /);
    expect(JSON.parse((await spillway('usage', '--day', '2020-01-01', '--json')).out)).toMatchObject({
      day: '2020-01-01',
    });
    expect(await spillway('usage', '--days', '5')).toMatchObject({ exitCode: 2 });
  });

  it('show every mistake of a pipeline with its line and leave the current one alone', async () => {
    await spillway('tenant', 'create', 'globex');
    const file = join(dir, 'bad.alloy');
    const { err, exitCode } = await spillway('pipeline', 'set', file, '--tenant', 'globex');
    expect(exitCode).toBe(1);
    expect(err).toContain('2 mistakes');
    expect(err).toContain(`${file}:2:`);
    expect(err).toContain(`${file}:4:`);
    expect((await spillway('pipeline', 'get', '--tenant', 'globex')).err).toContain('no pipeline of its own yet');
  });

  it('say what is wrong and what to do, with exit code 1 for the gateway and 2 for the caller', async () => {
    const unknown = await spillway('token', 'list', '--tenant', 'nobody');
    expect(unknown).toMatchObject({ exitCode: 1, err: 'error: there is no tenant "nobody"' });
    const name = await spillway('tenant', 'create', 'Not A Name');
    expect(name).toMatchObject({ exitCode: 2, err: expect.stringContaining('a-z, 0-9') });
    const token = await run('tenant', 'list', '--gateway', gateway.url, '--admin-token', 'wrong');
    expect(token).toMatchObject({ exitCode: 1, err: expect.stringContaining('--admin-token') });
    const down = await run('tenant', 'list', '--gateway', 'http://127.0.0.1:1', '--admin-token', 'x');
    expect(down).toMatchObject({ exitCode: 1, err: expect.stringContaining('is the URL right (from --gateway)?') });
    const good = join(dir, 'good.alloy');
    for (const args of [
      ['pipeline', 'diff', good, '--tenant', 'nobody'],
      ['pipeline', 'validate', good, '--tenant', 'nobody'],
    ]) {
      const looking = await spillway(...args);
      expect(looking, args.join(' ')).toMatchObject({ exitCode: 2, err: 'error: there is no tenant "nobody"' });
    }
    const nowhere = await run('tenant', 'list', '--state', join(dir, 'empty'));
    expect(nowhere).toMatchObject({ exitCode: 2, err: expect.stringContaining('--gateway') });
    const limit = await spillway('limits', 'set', 'ingestion_rate=5', '--tenant', 'nobody');
    expect(limit).toMatchObject({ exitCode: 2, err: expect.stringContaining('GROUP.NAME=VALUE') });
  });

  it('set no limit over what somebody else has set since they were read', async () => {
    await spillway('tenant', 'create', 'hooli');
    const set = (value: string) => spillway('limits', 'set', `metrics.ingestion_rate=${value}`, '--tenant', 'hooli');
    expect((await set('5')).exitCode).toBe(0);
    const real = fetch;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const answer = await real(input, init);
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
      if (init?.method === 'GET')
        await real(input, { method: 'PUT', headers, body: '{"logs":{"max_line_size":"1KB"}}' });
      return answer;
    });
    expect(await set('6')).toMatchObject({ exitCode: 1, err: expect.stringContaining('nothing was changed') });
    const { limits } = JSON.parse((await spillway('limits', 'get', '--tenant', 'hooli', '--json')).out);
    expect(limits).toEqual({ logs: { max_line_size: '1KB' } });
  });

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
  });

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
    expect(await one('skip')).toMatchObject({ exitCode: 1, err: expect.stringContaining('no attempt has failed') });
    expect((await one('dead-letters')).out).toBe('no dead letters');
    expect(await one('replay', '--id', '7')).toMatchObject({ exitCode: 1, err: expect.stringContaining('letter 7') });
    expect((await one('replay', '--all')).out).toBe('no dead letters');
    expect(await one('replay')).toMatchObject({ exitCode: 2, err: expect.stringContaining('--all') });
    const unknown = await spillway('outbox', 'pause', 'loki.write.nowhere', '--tenant', 'initech');
    expect(unknown).toMatchObject({ exitCode: 1, err: expect.stringContaining('loki.write.nowhere') });
  });

  it('make, list and revoke operators, who may do what their role says', async () => {
    const created = await spillway('operator', 'create', 'grace', '--role', 'viewer', '--expires', '2099-01-31');
    const [token = ''] = created.out.split('\n');
    expect(token).toMatch(/^spo_[0-9a-f]{16}_[0-9a-f]{48}$/);
    const as = (...args: string[]) => run(...args, '--gateway', gateway.url, '--admin-token', token);
    expect((await as('whoami')).out).toBe(
      'operator:grace (viewer): reading, without secrets, until 2099-01-31T00:00:00Z',
    );
    expect((await as('operator', 'list')).out).toMatch(/grace +viewer +\S+ +valid until 2099-01-31/);
    expect(await as('tenant', 'create', 'mine')).toMatchObject({
      exitCode: 1,
      err: 'error: The role viewer may not change anything; it takes an operator with the role admin.',
    });
    expect((await spillway('operator', 'revoke', token)).out).toContain(`revoked ${token.split('_')[1]}`);
    expect(await as('whoami')).toMatchObject({ exitCode: 1, err: expect.stringContaining('does not know this') });
    expect((await spillway('operator', 'list')).out).toMatch(/grace +viewer .*revoked/);
    expect((await spillway('whoami')).out).toBe('root (admin): everything');
    await expect(spillway('operator', 'create', 'x', '--role', 'king')).rejects.toThrow('Allowed choices are admin');
  });

  it('show the audit log of the gateway or of a tenant, as far back as is asked', async () => {
    await spillway('tenant', 'create', 'hooli');
    await spillway('token', 'create', 'a', '--tenant', 'hooli');
    await spillway('token', 'revoke', 'none', '--tenant', 'hooli');
    const lines = (await spillway('audit', '--tenant', 'hooli')).out.split('\n');
    expect(lines[0]).toMatch(/^TIME +ACTOR +ACTION +TENANT +TARGET +OUTCOME +DETAIL$/);
    expect(lines[1]).toMatch(/root +token\.revoke +hooli +none +refused 404/);
    expect(lines[2]).toMatch(/root +token\.create +hooli +[0-9a-f]{16} +done +name=a/);
    expect((await spillway('audit')).out).toMatch(/root +tenant\.create +- +hooli +done/);
    const newest = (await spillway('audit', '--limit', '1')).out;
    expect(newest).toContain('token.revoke');
    const before = /older ones: --before (\d+)$/.exec(newest)?.[1] ?? '';
    expect((await spillway('audit', '--limit', '1', '--before', before)).out).toContain('token.create');
    const json = JSON.parse((await spillway('audit', '--tenant', 'hooli', '--json')).out);
    expect(json.entries[0]).toMatchObject({ actor: 'root', action: 'token.revoke', status: 404 });
  });

  it('say which scopes there are, and do not ask before nothing is thrown away', async () => {
    await spillway('tenant', 'create', 'pied-piper');
    await spillway('pipeline', 'set', join(dir, 'good.alloy'), '--tenant', 'pied-piper');
    const scope = await spillway('token', 'create', 'x', '--tenant', 'pied-piper', '--scope', 'metrics');
    expect(scope.exitCode).toBe(2);
    expect(scope.err).toContain('there is no scope "metrics"; the scopes are metrics:write, logs:write,');
    const purged = await spillway('outbox', 'purge', 'prometheus.remote_write.mimir', '--tenant', 'pied-piper');
    expect(purged).toMatchObject({ exitCode: 0, out: 'nothing waits: nothing to throw away' });
  });

  it('print the answer as JSON with --json', async () => {
    expect(JSON.parse((await spillway('tenant', 'list', '--json')).out).tenants).toEqual(expect.any(Array));
    expect(JSON.parse((await spillway('token', 'list', '--tenant', 'nobody', '--json')).out).error).toBe(
      'tenant_unknown',
    );
  });
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasTerminal)('in a terminal', () => {
  /** util-linux's `script` gives a program a terminal of its own. */
  function inTerminal(args: readonly string[], width: number) {
    const command = [process.execPath, join(import.meta.dirname, '../main.ts'), ...args, '--state', dir];
    const line = `stty columns ${width}; exec ${command.map((word) => `'${word}'`).join(' ')}`;
    return spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: { ...process.env, TERM: 'dumb', SHELL: '/bin/sh' },
    });
  }

  function outputOf(child: ReturnType<typeof inTerminal>): { text: string } {
    const output = { text: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.text += text));
    return output;
  }

  const exitOf = (child: ReturnType<typeof inTerminal>) => new Promise((resolve) => child.once('close', resolve));

  it('a dry run that is interrupted cleans its line up, says that nothing happened, and ends with 130', async () => {
    await spillway('tenant', 'create', 'interrupted');
    const file = join(dir, 'good.alloy');
    const args = ['pipeline', 'dry-run', file, '--tenant', 'interrupted', '--seconds', '25'];
    const child = inTerminal(args, 80);
    const output = outputOf(child);
    const ended = exitOf(child);
    await vi.waitFor(() => expect(output.text).toMatch(/looking at what arrives: [1-9]\d* of 25 s/), {
      timeout: 20_000,
    });
    child.stdin.write('\u0003');
    expect(await ended).toBe(130);
    expect(output.text).toMatch(/\u001b\[Kstopped: nothing was sent and nothing was changed\r\n$/);
    // The gateway is free for the next one.
    const next = await spillway(...args.slice(0, -1), '1');
    expect(next).toMatchObject({ exitCode: 0, out: expect.stringContaining('no push of tenant interrupted was seen') });
  });

  it('no table is wider than it', async () => {
    await spillway('tenant', 'create', 'narrow');
    await spillway('token', 'create', 'of a long name', '--tenant', 'narrow', '--expires', '90d');
    for (const args of [
      ['limits', 'get', '--tenant', 'narrow'],
      ['token', 'list', '--tenant', 'narrow'],
      ['audit', '--tenant', 'narrow'],
    ]) {
      const child = inTerminal(args, 80);
      const output = outputOf(child);
      expect(await exitOf(child)).toBe(0);
      const tooWide = output.text.split(/\r?\n/).filter((text) => [...text].length > 80);
      expect(tooWide).toEqual([]);
    }
  }, 60_000);
});

describe('wrong values', () => {
  it.each([
    [['usage', '--tenant', 'acme', '--days', '500'], 'A whole number from 1 to 400 is needed.'],
    [['usage', '--tenant', 'acme', '--days', '0'], 'A whole number from 1 to 400 is needed.'],
    [['usage', '--day', '2026-02-30'], 'A UTC day is written like 2026-11-22.'],
    [['pipeline', 'history', '--tenant', 'acme', '--limit', '501'], 'A whole number from 1 to 500 is needed.'],
    [['pipeline', 'history', '--tenant', 'acme', '--limit', '1.5'], 'A whole number from 1 to 500 is needed.'],
    [['audit', '--limit', '-1'], 'A whole number above 0 is needed.'],
    [['pipeline', 'dry-run', 'x', '--tenant', 'acme', '--seconds', '26'], 'It is a number from 1 to 25.'],
  ])('of %j are found before anything is asked for', async (args, message) => {
    const error = await spillway(...args).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'commander.invalidArgument', message: expect.stringContaining(message) });
  });

  it('that only the gateway can know are wrong usage too, with exit code 2', async () => {
    await spillway('tenant', 'create', 'wrong-values');
    for (const args of [
      ['token', 'rotate', '0123456789abcdef', '--grace', '9999w'],
      ['token', 'create', 'x', '--label', 'a b=c'],
      ['token', 'create', 'x', '--expires', '2027-02-31'],
      ['token', 'create', 'x', '--expires', '999999y'],
      ['limits', 'set', 'metric.ingestion_rate=5'],
    ]) {
      const outcome = await spillway(...args, '--tenant', 'wrong-values');
      expect({ args, ...outcome }).toMatchObject({ args, exitCode: 2, out: '' });
    }
    const hint = await spillway('limits', 'set', 'metric.ingestion_rate=5', '--tenant', 'wrong-values');
    expect(hint.err).toContain('did you mean metrics.ingestion_rate?');
  });

  it('are told in JSON with --json, and so is a gateway that is not there', async () => {
    const unknown = await spillway('token', 'list', '--tenant', 'nope', '--json');
    expect(JSON.parse(unknown.out)).toMatchObject({ error: 'tenant_unknown' });
    const down = await run('tenant', 'list', '--gateway', 'http://127.0.0.1:1', '--admin-token', 'x', '--json');
    expect(down.exitCode).toBe(1);
    expect(JSON.parse(down.out)).toMatchObject({ error: 'unreachable', message: expect.any(String) });
  });
});
