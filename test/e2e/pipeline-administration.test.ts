/** Pipelines and secrets as an operator works with them: the real command, a real gateway, a destination with a password. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/gateway.ts';
import { closeServer, listenOnLoopback } from '../support/loopback.ts';
import { push } from '../support/remote-write-client.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const OLD_KEY = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW_KEY = `new:${Buffer.alloc(32, 2).toString('base64')}`;

/** Takes what comes with the right password. */
class Store {
  password = 'first';
  readonly accepted: string[] = [];
  readonly #server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { authorization = '' } = request.headers;
      const isRight = authorization === `Basic ${Buffer.from(`spillway:${this.password}`).toString('base64')}`;
      if (isRight) this.accepted.push(request.headers['x-scope-orgid'] as string);
      response.writeHead(isRight ? 204 : 401).end();
    });
  });

  async start(): Promise<string> {
    return `${await listenOnLoopback(this.#server)}/push`;
  }

  stop(): Promise<void> {
    return closeServer(this.#server);
  }
}

function pipeline(url: string, rules = ''): string {
  return `spillway.receive "default" {
  metrics = [prometheus.relabel.all.receiver]
}

prometheus.relabel "all" {
  forward_to = [prometheus.remote_write.store.receiver]${rules}
}

prometheus.remote_write "store" {
  endpoint {
    url     = "${url}"
    headers = { "X-Scope-OrgID" = constants.tenant }

    basic_auth {
      username = "spillway"
      password = secret("store")
    }
  }
}
`;
}

describe('administering pipelines', () => {
  const folder = tempFolder('pipelines');
  const store = new Store();
  const first = join(folder.path, 'first.alloy');
  const second = join(folder.path, 'second.alloy');
  const gateways: TestGateway[] = [];
  let gateway: TestGateway;
  let token: string;

  async function spillway(
    args: readonly string[],
    stdin = '',
  ): Promise<{ code: number | null; out: string; err: string }> {
    const env = { ...process.env, SPILLWAY_GATEWAY: gateway.url, SPILLWAY_ADMIN_TOKEN: gateway.adminToken };
    const child = spawn(process.execPath, ['--no-warnings', 'cli/main.ts', ...args], { env });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.stdin.end(stdin);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, out, err };
  }

  /** In place of the one before, which was killed; on the same data where that is given. */
  async function start(options: { readonly secretsKey: string; readonly dataDir?: string }): Promise<void> {
    await gateway?.kill();
    gateway = await TestGateway.start(options);
    gateways.push(gateway);
  }

  const sample = (name = 'up') =>
    push(gateway.url, token, [{ labels: { __name__: name, job: 'x' }, value: 1, timestampMs: Date.now() }]);

  beforeAll(async () => {
    const url = await store.start();
    writeFileSync(first, pipeline(url));
    writeFileSync(second, pipeline(url, '\n\n  rule {\n    target_label = "site"\n    replacement  = "home"\n  }'));
    await start({ secretsKey: OLD_KEY });
    await gateway.admin('POST', '/tenants', { name: 'shop' });
    token = await gateway.createToken('shop', ['agent']);
  });

  afterAll(async () => {
    for (const one of gateways) await one.stop();
    await store.stop();
    folder.remove();
  });

  it('sets a secret from a pipe, and a pipeline that reads it', async () => {
    const early = await spillway(['pipeline', 'set', first, '--tenant', 'shop']);
    expect(early.code).toBe(1);
    expect(early.err).toContain('finds no secret named "store"; there are none yet');
    const set = await spillway(['secret', 'set', 'store', '--tenant', 'shop'], 'first\n');
    expect(set).toMatchObject({
      code: 0,
      out: expect.stringContaining('secret store of tenant shop is set (5 characters)'),
    });
    expect((await spillway(['secret', 'list', '--tenant', 'shop'])).out).toMatch(/store +\d{4}-.* old/);
    expect((await spillway(['pipeline', 'validate', first, '--tenant', 'shop'])).code).toBe(0);
    const pipelineSet = await spillway(['pipeline', 'set', first, '--tenant', 'shop', '--comment', 'to begin with']);
    expect(pipelineSet.out).toBe('version 1 of the pipeline of tenant shop is set; it is in force within 5 s\n');
    expect((await sample()).status).toBe(204);
    expect(store.accepted).toEqual(['shop']);
  });

  it('lets what waits go on as soon as a changed password is told', async () => {
    store.password = 'second';
    expect((await sample()).status).toBe(204);
    await waitUntil('the outbox is paused', async () => (await gateway.outboxes('shop'))[0]?.state === 'paused');
    const before = store.accepted.length;
    await spillway(['secret', 'set', 'store', '--tenant', 'shop'], 'second');
    await waitUntil('the outbox is empty', async () => (await gateway.queuedItems('shop')) === 0);
    expect(store.accepted.length).toBe(before + 1);
  });

  it('shows what a file would change, sets it, and goes back', async () => {
    const diff = await spillway(['pipeline', 'diff', second, '--tenant', 'shop']);
    expect(diff.code).toBe(1);
    expect(diff.out).toContain('--- current');
    expect(diff.out).toContain('+    target_label = "site"');
    await spillway(['pipeline', 'set', second, '--tenant', 'shop', '--if-version', '1']);
    const late = await spillway(['pipeline', 'set', first, '--tenant', 'shop', '--if-version', '1']);
    expect(late).toMatchObject({ code: 1, err: expect.stringContaining('the newest version is 2') });
    expect(await spillway(['pipeline', 'diff', second, '--tenant', 'shop'])).toMatchObject({
      code: 0,
      out: 'no difference\n',
    });
    expect((await spillway(['pipeline', 'diff', '--version', '1', '--tenant', 'shop'])).code).toBe(1);
    const back = await spillway(['pipeline', 'rollback', '1', '--tenant', 'shop', '--comment', 'site was wrong']);
    expect(back.out).toContain('version 3 of the pipeline of tenant shop is set, with the text of version 1');
    const { out } = await spillway(['pipeline', 'history', '--tenant', 'shop']);
    expect(out.split('\n')[1]).toMatch(/^3 \* +\d{4}-.* root +\d+ B +version 1 again: site was wrong$/);
    expect(out.split('\n')[3]).toMatch(/^1 .* to begin with$/);
    expect((await spillway(['pipeline', 'get', '--version', '2', '--tenant', 'shop'])).out).toContain('target_label');
  });

  it('tells what a file would do to what really arrives, before it is set', async () => {
    let stop = false;
    const pushing = (async () => {
      while (!stop) {
        await sample('orders_total');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const { code, out } = await spillway(['pipeline', 'dry-run', second, '--tenant', 'shop', '--seconds', '5']);
    stop = true;
    await pushing;
    expect(code).toBe(0);
    expect(out).toMatch(
      /^tenant shop: version 3 beside .*second\.alloy\na sample of [\d.]+ s: \d+ pushes, \d+ samples$/m,
    );
    expect(out).toMatch(/prometheus\.remote_write\.store +metrics +\d+ \(1 different\) +\d+ \(1 different\) +\d+$/m);
    expect(out).toContain('  - orders_total{job="x"}\n  + orders_total{job="x", site="home"}');
    expect(out).toContain('nothing was sent and nothing was changed');
  });

  it('has a default pipeline for tenants without their own', async () => {
    await gateway.admin('POST', '/tenants', { name: 'new' });
    const newToken = await gateway.createToken('new', ['agent']);
    await spillway(['secret', 'set', 'store', '--gateway-wide'], 'second');
    const set = await spillway(['pipeline', 'set', first, '--default']);
    expect(set.out).toContain('in force within 60 s for every tenant without its own');
    await waitUntil(
      'the new tenant is served',
      async () => {
        const sent = [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }];
        return (await push(gateway.url, newToken, sent)).status === 204;
      },
      { timeoutMs: 120_000 },
    );
    expect(store.accepted.at(-1)).toBe('new');
    expect((await spillway(['pipeline', 'unset', '--tenant', 'shop'])).out).toContain('the default one serves it');
    expect((await spillway(['pipeline', 'history', '--tenant', 'shop'])).out.split('\n')[1]).toMatch(
      /^4 +\d{4}-.* unset/,
    );
    expect((await spillway(['pipeline', 'rollback', '3', '--tenant', 'shop'])).code).toBe(0);
  });

  it('takes a new key, seals everything with it, and tells when the old one can go', async () => {
    const { dataDir } = gateway;
    await start({ dataDir, secretsKey: `${NEW_KEY},${OLD_KEY}` });
    const status = await spillway(['secret', 'reencrypt', '--status']);
    expect(status.out).toMatch(/old +[1-9]\d* +[1-9]\d* +opens what it sealed/);
    const done = await spillway(['secret', 'reencrypt']);
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^[1-9]\d* sealed again, 0 left\n/) });
    expect(done.out).toMatch(/old +0 +0 +nothing uses it: it can be taken out of SECRETS_KEY/);
    await start({ dataDir, secretsKey: NEW_KEY });
    expect((await sample()).status).toBe(204);
    expect((await spillway(['pipeline', 'get', '--version', '1', '--tenant', 'shop'])).code).toBe(0);
    await start({ dataDir, secretsKey: OLD_KEY });
    const lost = await spillway(['pipeline', 'get', '--tenant', 'shop']);
    expect(lost).toMatchObject({
      code: 1,
      err: expect.stringContaining('sealed with the key new, which SECRETS_KEY does not have'),
    });
  });

  it('refuses to keep a secret without a key, and says how to make one', async () => {
    await start({ secretsKey: '' });
    await gateway.admin('POST', '/tenants', { name: 'bare' });
    const { code, err } = await spillway(['secret', 'set', 'store', '--tenant', 'bare'], 'first');
    expect(code).toBe(1);
    expect(err).toContain('has no SECRETS_KEY');
    expect(err).toContain('openssl rand -base64 32');
  });
});
