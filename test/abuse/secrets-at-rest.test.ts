/**
 * A17: whoever gets hold of a copy of the gateway's storage (D1 and every Durable Object) while data waits in an outbox
 * has none of the credentials of destinations. The destination is hostile: it repeats what it is sent in its refusals.
 */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow } from '../support/files-below.ts';
import { TestGateway } from '../support/gateway.ts';
import { closeServer, listenOnLoopback } from '../support/loopback.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const LITERAL = 'literal-pa55word-in-the-pipeline';
const KEPT = 'kept-pa55word-of-the-secret-store';
const REPLACED = 'replaced-pa55word-of-the-secret-store';
const DELETED = 'deleted-pa55word-of-the-secret-store';
const HEADER = 'header-k3y-of-the-destination';
const QUERY = 'query-k3y-of-the-destination';
const TAKEN_OUT = 'taken-out-pa55word-for-a-header';
const COMMENT = 'comment-pa55word-nobody-should-write';
const SECRETS_KEY_BYTES = Buffer.alloc(32, 'K3y!');

/** In the forms in which they are or were sent. */
const PLAINTEXTS = [LITERAL, KEPT, REPLACED, DELETED, HEADER, QUERY, TAKEN_OUT, COMMENT].flatMap((secret) => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(`spillway:${secret}`).toString('base64').replace(/=+$/, ''),
]);

class RepeatingDestination {
  status = 401;
  readonly authorizations: string[] = [];
  readonly #server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      this.authorizations.push(request.headers.authorization ?? '');
      const said = `not with ${request.url} ${JSON.stringify(request.rawHeaders)}`;
      // Basic credentials as a debugging proxy would show them.
      const basic = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString(
        'latin1',
      );
      response.writeHead(this.status).end(`${said} ${basic}`);
    });
  });

  async start(): Promise<string> {
    return listenOnLoopback(this.#server);
  }

  stop(): Promise<void> {
    return closeServer(this.#server);
  }
}

function pipeline(url: string): string {
  return `
// the password is ${COMMENT}
spillway.receive "default" {
  metrics = [
    prometheus.remote_write.literal.receiver,
    prometheus.remote_write.kept.receiver,
    prometheus.remote_write.taken_out.receiver,
  ]
}
prometheus.remote_write "literal" {
  endpoint {
    url     = "${url}/literal?key=${QUERY}"
    headers = { "X-Api-Key" = "${HEADER}" }
    basic_auth {
      username = "spillway"
      password = "${LITERAL}"
    }
  }
}
prometheus.remote_write "kept" {
  endpoint {
    url = "${url}/kept"
    basic_auth {
      username = "spillway"
      password = secret("kept")
    }
  }
}
prometheus.remote_write "taken_out" {
  endpoint {
    url     = "${url}/taken-out"
    headers = { "Authorization" = "Bearer " + convert.nonsensitive(secret("taken_out")) }
  }
}
`;
}

/** `file: text` for each of the texts that a file holds. */
function found(folder: string, texts: readonly string[]): string[] {
  return filesBelow(folder).flatMap(({ path, bytes }) =>
    texts.filter((text) => bytes.includes(text)).map((text) => `${path}: ${text}`),
  );
}

describe('A17: a copy of the storage', () => {
  const destination = new RepeatingDestination();
  const logged: string[] = [];
  let gateway: TestGateway;
  let token: string;
  let url: string;

  beforeAll(async () => {
    url = await destination.start();
    const logger = { info: (line: string) => logged.push(line), warn: (line: string) => logged.push(line) };
    gateway = await TestGateway.start({ logger, secretsKey: `k1:${SECRETS_KEY_BYTES.toString('base64')}` });
    await gateway.admin('POST', '/tenants', { name: 'home' });
    for (const [name, value] of [
      ['kept', REPLACED],
      ['kept', KEPT],
      ['gone', DELETED],
      ['taken_out', TAKEN_OUT],
    ] as const) {
      expect((await gateway.admin('PUT', `/tenants/home/secrets/${name}`, { value })).status).toBe(200);
    }
    expect((await gateway.admin('DELETE', '/tenants/home/secrets/gone')).status).toBe(204);
    const set = await gateway.admin('PUT', '/tenants/home/pipeline', pipeline(url));
    expect(await set.text()).toContain('"version":1');
    token = await gateway.createToken('home', ['agent']);
  });

  afterAll(async () => {
    await gateway?.stop();
    await destination.stop();
  });

  it('with data waiting and refusals remembered holds no credential, in no form', async () => {
    const send = (value: number) =>
      push(gateway.url, token, [{ labels: { __name__: 'up', job: 'a17' }, value, timestampMs: Date.now() + value }]);
    expect((await send(1)).ok).toBe(true);
    await waitUntil('all three outboxes are paused', async () => {
      const outboxes = await gateway.outboxes('home');
      return outboxes.filter(({ state, items }) => state === 'paused' && items > 0).length === 3;
    });
    destination.status = 400;
    await gateway.admin('POST', '/tenants/home/outbox/retry?destination=prometheus.remote_write.kept', {});
    await waitUntil('a refusal for good is kept as a dead letter', async () =>
      (await gateway.outboxes('home')).some(({ deadLetters }) => deadLetters > 0),
    );
    destination.status = 401;
    expect((await send(2)).ok).toBe(true);
    // The destination got them as they are …
    expect(destination.authorizations).toContain(`Basic ${Buffer.from(`spillway:${KEPT}`).toString('base64')}`);
    expect(destination.authorizations).toContain(`Bearer ${TAKEN_OUT}`);
    // … and the storage holds what it says, and sealed texts, so this looks in the right place.
    expect(found(gateway.dataDir, ['not with /kept', 'v1.k1.', 'prometheus.remote_write.kept']).length).toBeGreaterThan(
      2,
    );
    expect(found(gateway.dataDir, PLAINTEXTS)).toEqual([]);
    expect(found(gateway.dataDir, [SECRETS_KEY_BYTES.toString('base64'), SECRETS_KEY_BYTES.toString()])).toEqual([]);
  });

  it('is no worse than what anybody sees: logs, console, graph, explanations, metrics, audit', async () => {
    const viewer = await gateway.createToken('home', ['read']);
    const get = async (path: string, body?: unknown) => {
      const response = await fetch(`${gateway.url}/admin/v1${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${viewer}` },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      expect(response.status, path).toBe(200);
      return response.text();
    };
    const candidate =
      'prometheus.remote_write "x" {\n endpoint {\n url = convert.nonsensitive(secret("kept"))\n }\n}\n';
    const outboxes = ['literal', 'kept', 'taken_out'].map(
      (name) => `/outbox?destination=prometheus.remote_write.${name}`,
    );
    const seen = [
      ...(await Promise.all(
        [
          '/pipeline',
          '/pipeline/versions',
          '/pipeline/versions/1',
          '/pipeline/graph',
          '/secrets',
          '/outboxes',
          ...outboxes,
        ].map((path) => get(`/tenants/home${path}`)),
      )),
      await get('/tenants/home/explain', { series: 'up{job="a17"}' }),
      await get('/tenants/home/pipeline/validate', candidate),
      await (await gateway.admin('GET', '/overview')).text(),
      await (await gateway.admin('GET', '/metrics')).text(),
      await (await gateway.admin('GET', '/audit')).text(),
      await (
        await fetch(`${gateway.url}/api/v1/push`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
      ).text(),
      logged.join('\n'),
    ].join('\n');
    expect(seen).toContain('not with /kept');
    expect(PLAINTEXTS.filter((text) => seen.includes(text))).toEqual([]);
  });
});
