/**
 * F9 to F16: what destinations do wrong, each against the real gateway. Whatever happens, an acknowledged push arrives or
 * is counted as refused, and the next one is not held up longer than the fault asks for.
 */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChaosProxy, type Fault } from '../support/chaos-proxy.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { type OutboxDetailsView, TestGateway } from '../support/gateway.ts';
import { checkOutboxLedger } from '../support/ledger.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';
import { ScriptedServer } from './scripted-server.ts';

const DESTINATION = 'prometheus.remote_write.store';

let gateway: TestGateway;
let tenants = 0;

beforeAll(async () => {
  gateway = await TestGateway.start();
});

afterAll(async () => {
  await gateway?.stop();
});

/** A tenant of its own with one destination, and what a test does with it. */
class Subject {
  readonly tenant: string;
  readonly #token: string;
  #timestampMs = Date.now() - 60_000;

  private constructor(tenant: string, token: string) {
    this.tenant = tenant;
    this.#token = token;
  }

  static async create(url: string, endpoint = ''): Promise<Subject> {
    const tenant = `fault-${++tenants}`;
    const pipeline = `
spillway.receive "default" {
  metrics = [prometheus.remote_write.store.receiver]
}
prometheus.remote_write "store" {
  endpoint {
    url = "${url}/api/v1/push"
    ${endpoint}
  }
}`;
    return new Subject(tenant, await gateway.createTenant(tenant, pipeline, ['metrics:write']));
  }

  /** Pushes samples of as many series; returns their common timestamp. */
  async push(series = 1): Promise<{ readonly status: number; readonly timestampMs: number }> {
    const timestampMs = (this.#timestampMs += 1000);
    const samples = Array.from({ length: series }, (_, i) => ({
      labels: { __name__: `m${i}` },
      value: timestampMs,
      timestampMs,
    }));
    const response = await push(gateway.url, this.#token, samples);
    await response.arrayBuffer();
    return { status: response.status, timestampMs };
  }

  async outbox(): Promise<OutboxDetailsView & { readonly nextAttemptAtMs: number | null }> {
    const path = `/tenants/${this.tenant}/outbox?destination=${DESTINATION}`;
    return (await gateway.admin('GET', path)).json() as Promise<never>;
  }

  async retry(): Promise<void> {
    await gateway.admin('POST', `/tenants/${this.tenant}/outbox/retry?destination=${DESTINATION}`);
  }

  async drained(): Promise<OutboxDetailsView> {
    await waitUntil('the outbox is empty', async () => (await this.outbox()).payloads === 0);
    const outbox = await this.outbox();
    checkOutboxLedger(outbox, this.tenant);
    return outbox;
  }
}

describe('F9: a destination that answers 5xx', () => {
  it.each([500, 502, 503, 504])(
    '%i: is tried again with growing Retry-Attempt, one request at a time, and loses nothing',
    async (status) => {
      const store = await FakeDestination.start();
      try {
        const subject = await Subject.create(store.url);
        store.refuseWith = status;
        const sent: number[] = [];
        for (let i = 0; i < 3; i++) {
          const { status: answer, timestampMs } = await subject.push();
          expect(answer).toBe(204);
          sent.push(timestampMs);
        }
        await subject.retry();
        await waitUntil('it was tried again', () => store.requests.length >= 4);
        expect(store.mostInFlight).toBe(1);
        const attempts = store.requests.map(({ headers }) => Number(headers['retry-attempt'] ?? 0));
        expect(Math.max(...attempts)).toBeGreaterThan(0);
        store.refuseWith = 0;
        await subject.retry();
        await subject.drained();
        expect(store.samples.get('{__name__="m0"}')).toEqual(sent);
      } finally {
        await store.close();
      }
    },
  );
});

describe('F10: 429 with Retry-After', () => {
  let server: ScriptedServer;
  beforeAll(async () => {
    server = await ScriptedServer.start();
  });
  afterAll(() => server.close());

  it.each([
    ['seconds', () => '120', 60_000, 120_000],
    ['a date', () => new Date(Date.now() + 300_000).toUTCString(), 200_000, 300_000],
    ['something negative', () => '-5', -60_000, 60_000],
    ['garbage', () => 'soon', -60_000, 60_000],
    ['far too much', () => '1000000000', 800_000, 900_000],
  ])('waits as %s says, within reason', async (_, retryAfter, leastMs, mostMs) => {
    server.script = (_request, response) => response.writeHead(429, { 'retry-after': retryAfter() }).end();
    const subject = await Subject.create(server.url);
    expect((await subject.push()).status).toBe(204);
    const { nextAttemptAtMs, lastError } = await subject.outbox();
    expect(lastError?.reason).toBe('rate_limited');
    const waitMs = (nextAttemptAtMs ?? 0) - Date.now();
    expect(waitMs).toBeGreaterThan(leastMs);
    expect(waitMs).toBeLessThanOrEqual(mostMs);
  });
});

describe('F11: a destination that refuses for good', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    return () => server.close();
  });

  it.each([
    [400, 'bad_request'],
    [404, 'not_found'],
    [409, 'conflict'],
    [415, 'unsupported_media_type'],
    [422, 'unprocessable_content'],
  ])(
    '%i: one attempt, a dead letter with the reason and what it said, and the next push is delivered',
    async (status, reason) => {
      const subject = await Subject.create(server.url);
      server.script = (_request, response) => response.writeHead(status).end(`because of ${status}`);
      expect((await subject.push()).status).toBe(400);
      expect(server.requests).toHaveLength(1);
      const [letter] = (await subject.outbox()).deadLetterList;
      expect(letter).toMatchObject({ reason, items: 1 });
      expect(letter?.detail).toContain(`because of ${status}`);
      server.script = (_request, response) => response.writeHead(204).end();
      expect((await subject.push()).status).toBe(204);
      expect(server.requests).toHaveLength(2);
    },
  );

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
  ])(
    '%i: pauses the destination, keeps the data, and delivers it once the credentials are right',
    async (status, reason) => {
      const subject = await Subject.create(server.url);
      server.script = (_request, response) => response.writeHead(status).end('who are you?');
      for (let i = 0; i < 3; i++) expect((await subject.push()).status).toBe(204);
      expect(server.requests).toHaveLength(1);
      expect(await subject.outbox()).toMatchObject({ state: 'paused', payloads: 3, lastError: { reason } });
      server.script = (_request, response) => response.writeHead(204).end();
      await subject.retry();
      expect((await subject.drained()).ledger).toMatchObject({ delivered: 3, rejected: 0 });
    },
  );

  it('413: is cut in halves down to single series, and only what is too large by itself is refused', async () => {
    const store = await FakeDestination.start();
    try {
      const subject = await Subject.create(server.url);
      server.script = (_request, response, body) => {
        // Taken in pieces of at most one series of 40 bytes or so; `m3` is never taken.
        const isOne = body.length < 45;
        response.writeHead(!isOne || body.includes('m3') ? 413 : 204).end();
      };
      expect((await subject.push(5)).status).toBe(204);
      const { ledger, deadLetterList } = await subject.drained();
      expect(ledger).toMatchObject({ accepted: 5, delivered: 4, rejected: 1, queued: 0, dropped: 0 });
      expect(deadLetterList).toMatchObject([{ reason: 'payload_too_large', items: 1 }]);
    } finally {
      await store.close();
    }
  });
});

describe('F12: unusual answers', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    return () => server.close();
  });

  it.each([
    [200, '<html>a proxy says hello</html>'],
    [202, ''],
    [204, ''],
  ])('%i counts as delivered', async (status, body) => {
    const subject = await Subject.create(server.url);
    server.script = (_request, response) =>
      response.writeHead(status, { 'content-type': 'text/html' }).end(body || undefined);
    expect((await subject.push()).status).toBe(204);
    expect(await subject.outbox()).toMatchObject({ payloads: 0, deadLetters: 0 });
  });

  it.each([301, 302, 307, 308])('%i is not followed: the credentials stay here and the data too', async (status) => {
    const elsewhere = await ScriptedServer.start();
    try {
      const subject = await Subject.create(server.url, 'basic_auth {\n username = "u"\n password = "p"\n }');
      server.script = (_request, response) => response.writeHead(status, { location: `${elsewhere.url}/stolen` }).end();
      expect((await subject.push()).status).toBe(204);
      expect(await subject.outbox()).toMatchObject({
        state: 'paused',
        payloads: 1,
        lastError: { reason: 'redirect_refused' },
      });
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('F13: a network that fails', () => {
  it.each<[string, Fault]>([
    ['a reset before anything was sent', { kind: 'reset_at_once' }],
    ['a reset in the middle of the request', { kind: 'reset', direction: 'request', afterBytes: 60 }],
    ['a reset before the first byte of the answer', { kind: 'reset', direction: 'response', afterBytes: 0 }],
    ['a reset in the middle of the answer', { kind: 'reset', direction: 'response', afterBytes: 12 }],
    ['a connection that ends without an answer', { kind: 'cut_response', afterBytes: 0 }],
    ['an answer that ends in its headers', { kind: 'cut_response', afterBytes: 12 }],
  ])('keeps the push through %s and delivers it', async (_, fault) => {
    const store = await FakeDestination.start();
    const proxy = await ChaosProxy.start(store.url);
    try {
      const subject = await Subject.create(proxy.url);
      proxy.standing = fault;
      const { status, timestampMs } = await subject.push();
      expect(status).toBe(204);
      expect(await subject.outbox()).toMatchObject({ payloads: 1 });
      proxy.standing = { kind: 'none' };
      await subject.retry();
      await subject.drained();
      // Maybe more than once: where the answer was lost the data had arrived.
      expect(new Set(store.samples.get('{__name__="m0"}'))).toEqual(new Set([timestampMs]));
    } finally {
      await proxy.close();
      await store.close();
    }
  });

  it('keeps the push while nothing listens', async () => {
    const store = await FakeDestination.start();
    const proxy = await ChaosProxy.start(store.url);
    const subject = await Subject.create(proxy.url);
    await proxy.close();
    expect((await subject.push()).status).toBe(204);
    await proxy.listen();
    await subject.retry();
    expect((await subject.drained()).ledger.delivered).toBe(1);
    await proxy.close();
    await store.close();
  });

  it.each([
    ['a name that does not exist', () => 'http://nothing.invalid'],
    ['a server that does not speak TLS', (server: ScriptedServer) => server.url.replace('http:', 'https:')],
  ])('keeps the push for %s, and says what is wrong', async (_, urlOf) => {
    const server = await ScriptedServer.start();
    try {
      const subject = await Subject.create(urlOf(server));
      expect((await subject.push()).status).toBe(204);
      const { payloads, lastError } = await subject.outbox();
      expect(payloads).toBe(1);
      expect(lastError?.detail).not.toBe('');
    } finally {
      await server.close();
    }
  });
});

describe('F14: a destination that never finishes', () => {
  it.each<[string, Fault]>([
    ['nothing comes back', { kind: 'black_hole' }],
    ['the answer trickles byte by byte', { kind: 'trickle_response', everyMs: 400 }],
  ])('gives up after the timeout and keeps the push when %s', async (_, fault) => {
    const store = await FakeDestination.start();
    const proxy = await ChaosProxy.start(store.url);
    try {
      const subject = await Subject.create(proxy.url, 'remote_timeout = "1s"');
      proxy.standing = fault;
      expect((await subject.push()).status).toBe(204);
      expect(await subject.outbox()).toMatchObject({
        payloads: 1,
        lastError: { reason: 'timeout', detail: expect.stringContaining('1000 ms') },
      });
    } finally {
      await proxy.close();
      await store.close();
    }
  });

  it('never waits longer than ten seconds, whatever the pipeline says', async () => {
    const store = await FakeDestination.start();
    const proxy = await ChaosProxy.start(store.url);
    try {
      const subject = await Subject.create(proxy.url, 'remote_timeout = "5m"');
      proxy.standing = { kind: 'black_hole' };
      expect((await subject.push()).status).toBe(204);
      expect((await subject.outbox()).lastError?.detail).toContain('10000 ms');
    } finally {
      await proxy.close();
      await store.close();
    }
  });
});

describe('F15: an error body that never ends', () => {
  it('is read to a kilobyte, kept as text, and the connection is dropped', async () => {
    const server = await ScriptedServer.start();
    try {
      let writtenBytes = 0;
      let closed = false;
      server.script = (_request, response) => {
        response.on('close', () => (closed = true));
        response.writeHead(500);
        pour(response, (bytes) => (writtenBytes += bytes));
      };
      const subject = await Subject.create(server.url);
      expect((await subject.push()).status).toBe(204);
      const { lastError } = await subject.outbox();
      expect(lastError?.detail.length).toBeLessThan(1100);
      expect(lastError?.detail).toContain('sorry');
      await waitUntil('the gateway hangs up', () => closed);
      // What the sockets hold between the two, and far from the gigabyte that is on offer.
      expect(writtenBytes).toBeLessThan(64 * 1024 * 1024);
    } finally {
      await server.close();
    }
  });
});

function pour(response: ServerResponse, wrote: (bytes: number) => void): void {
  const chunk = Buffer.from('sorry '.repeat(10_000));
  let left = 1024 ** 3;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      wrote(chunk.length);
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
  };
  more();
}

describe('F16: a partial write', () => {
  it('is not sent again, and the books follow what the receiver says that it wrote', async () => {
    const server = await ScriptedServer.start();
    try {
      const subject = await Subject.create(server.url, 'protobuf_message = "io.prometheus.write.v2.Request"');
      server.script = (_request, response) =>
        response
          .writeHead(400, {
            'X-Prometheus-Remote-Write-Samples-Written': '3',
            'X-Prometheus-Remote-Write-Histograms-Written': '0',
            'X-Prometheus-Remote-Write-Exemplars-Written': '0',
          })
          .end('2 samples are out of order');
      expect((await subject.push(5)).status).toBe(400);
      expect(server.requests).toHaveLength(1);
      const { payloads, deadLetterList } = await subject.outbox();
      expect(payloads).toBe(0);
      expect(deadLetterList).toMatchObject([{ reason: 'bad_request' }]);
      expect(deadLetterList[0]?.detail).toContain('out of order');
    } finally {
      await server.close();
    }
  });
});
