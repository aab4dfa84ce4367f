/**
 * Abuse case A12 against a real gateway: bytes on a socket that two servers could read as different requests. Whatever is
 * made of them, no request becomes two at a destination, none reaches one unread, and none reaches the admin API.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { TestGateway } from '../support/gateway.ts';
import { RawDestination, rawExchange, statusesOf } from '../support/raw-http.ts';
import { writeRequestBody } from '../support/remote-write-client.ts';

let destination: RawDestination;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  destination = await RawDestination.start();
  gateway = await TestGateway.start();
  const endpoint = `endpoint { url = "${destination.url}/api/v1/write" }`;
  token = await gateway.createTenant(
    'home',
    `spillway.receive "d" { metrics = [prometheus.remote_write.w.receiver] }\nprometheus.remote_write "w" {\n${endpoint}\n}`,
  );
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

const CRLF = '\r\n';
let timestampMs = Date.now() - 600_000;

function body(name: string): Buffer {
  timestampMs += 1_000;
  return Buffer.from(snappyEncode(writeRequestBody([{ labels: { __name__: name }, value: 1, timestampMs }])));
}

function head(lines: readonly string[], requestLine = 'POST /api/v1/push HTTP/1.1'): string {
  const fixed = ['Host: gateway.example.com', `Authorization: Bearer ${token}`, 'Content-Type: application/x-protobuf'];
  return [requestLine, ...fixed, ...lines, '', ''].join(CRLF);
}

const join = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const chunk = (bytes: Buffer, extension = '') => join(`${bytes.length.toString(16)}${extension}${CRLF}`, bytes, CRLF);
const END = `0${CRLF}${CRLF}`;
/** What an attacker would have a second reader take for a request of its own. */
const hidden = () => join(head([`Content-Length: ${body('hidden').length}`]), body('hidden'));

/** Names of the metrics in each request that the destination got. */
function delivered(): string[][] {
  return destination
    .take()
    .map((one) =>
      decodeWriteRequest(snappyDecode(one.body, 1024 * 1024)).series.map(
        ({ labels }) => labels.find(({ name }) => name === '__name__')?.value ?? '',
      ),
    );
}

async function tenantCount(): Promise<number> {
  return ((await (await gateway.admin('GET', '/tenants')).json()) as { tenants: unknown[] }).tenants.length;
}

afterEach(async () => {
  expect(await tenantCount()).toBe(1);
  expect((await fetch(`${gateway.url}/-/ready`)).status).toBe(200);
});

describe('A12 a request that could be read as two', () => {
  it('is delivered once where nothing is wrong with it, so that the next cases can fail', async () => {
    const bytes = body('visible');
    const answer = await rawExchange(gateway.port, join(head([`Content-Length: ${bytes.length}`]), bytes));
    expect(statusesOf(answer)).toEqual([204]);
    expect(delivered()).toEqual([['visible']]);
  });

  const ambiguous: readonly (readonly [what: string, bytes: () => Buffer])[] = [
    [
      'Content-Length and Transfer-Encoding',
      () => {
        const rest = hidden();
        return join(head([`Content-Length: ${rest.length + END.length}`, 'Transfer-Encoding: chunked']), END, rest);
      },
    ],
    [
      'Transfer-Encoding and a short Content-Length',
      () => join(head(['Transfer-Encoding: chunked', 'Content-Length: 4']), chunk(hidden()), END),
    ],
    [
      'two different Content-Lengths',
      () => {
        const bytes = body('visible');
        const all = join(bytes, hidden());
        return join(head([`Content-Length: ${bytes.length}`, `Content-Length: ${all.length}`]), all);
      },
    ],
    ['a Content-Length of a list', () => join(head(['Content-Length: 5, 6']), 'abcdef', hidden())],
    ['a negative Content-Length', () => join(head(['Content-Length: -1']), hidden())],
    ['a Content-Length with a sign', () => join(head(['Content-Length: +5']), 'abcde', hidden())],
    ['a Content-Length in hexadecimal', () => join(head(['Content-Length: 0x5']), 'abcde', hidden())],
    ['a Content-Length beyond all numbers', () => join(head(['Content-Length: 99999999999999999999999']), hidden())],
    ['an empty Content-Length', () => join(head(['Content-Length:']), hidden())],
    ['a space in front of the colon', () => join(head(['Content-Length : 5']), 'abcde', hidden())],
    [
      'Transfer-Encoding behind a tab',
      () => join(head(['Transfer-Encoding:\tchunked', 'Content-Length: 3']), END, hidden()),
    ],
    ['an unknown Transfer-Encoding', () => join(head(['Transfer-Encoding: xchunked']), END, hidden())],
    [
      'Transfer-Encoding twice',
      () => join(head(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']), END, hidden()),
    ],
    ['Transfer-Encoding over a folded line', () => join(head(['Transfer-Encoding:', ' chunked']), END, hidden())],
    [
      'a chunk size that is no number',
      () => join(head(['Transfer-Encoding: chunked']), `zz${CRLF}abc${CRLF}`, END, hidden()),
    ],
    [
      'a chunk size beyond all numbers',
      () => join(head(['Transfer-Encoding: chunked']), `fffffffffffffffff${CRLF}`, hidden()),
    ],
    ['a negative chunk size', () => join(head(['Transfer-Encoding: chunked']), `-1${CRLF}`, hidden())],
    [
      'a chunk that is longer than it says',
      () => join(head(['Transfer-Encoding: chunked']), `2${CRLF}abcdef${CRLF}`, END, hidden()),
    ],
    ['a bare carriage return in a header', () => join(head(['X-A: b\rContent-Length: 0']), hidden())],
    ['a null byte in a header', () => join(head(['X-A: b\u0000', 'Content-Length: 0']), hidden())],
    ['a folded header line', () => join(head(['X-A: b', ' Content-Length: 0', 'Content-Length: 3']), 'abc')],
    ['a header without a name', () => join(head([': b', 'Content-Length: 3']), 'abc')],
    ['a header without a colon', () => join(head(['Content-Length 3']), 'abc')],
    ['a space in the path', () => join(head(['Content-Length: 3'], 'POST /api/v1/push HTTP/1.1 HTTP/1.1'), 'abc')],
    [
      'a line break in the path',
      () => join(head(['Content-Length: 3'], 'POST /a%0d%0aX:b HTTP/1.1\r\nX: /api/v1/push HTTP/1.1'), 'abc'),
    ],
    [
      'an older HTTP with chunks',
      () => join(head(['Transfer-Encoding: chunked'], 'POST /api/v1/push HTTP/1.0'), chunk(body('old')), END, hidden()),
    ],
    ['HTTP/0.9', () => join(`GET /admin/v1/tenants${CRLF}`)],
    ['HTTP/2 without asking', () => join('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', hidden())],
  ];

  it.each(ambiguous)('with %s never becomes two requests', async (_, bytes) => {
    const answer = await rawExchange(gateway.port, bytes());
    const statuses = statusesOf(answer);
    const requests = delivered();
    expect(requests).toHaveLength(statuses.filter((status) => status < 300).length);
    expect(requests.length).toBeLessThanOrEqual(1);
    expect(requests.flat()).not.toContain('hidden');
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  });

  // RFC 9112 lets a reader take a line feed for a line break, and a body of which "chunked" is the last coding ends with
  // its last chunk: what follows is a request, which is answered as one and has to bring a token of its own.
  it.each([
    ['a bare line feed', () => head(['X-A: b\nContent-Length: 0'])],
    ['a list of transfer codings', () => `${head(['Transfer-Encoding: identity, chunked'])}${END}`],
  ])('by %s is two to HTTP itself: each is answered, and each is authenticated', async (_, first) => {
    const both = await rawExchange(gateway.port, join(first(), hidden()));
    expect(delivered()).toHaveLength(statusesOf(both).filter((status) => status < 300).length);
    const stolen = hidden().toString('latin1').replace(`Authorization: Bearer ${token}\r\n`, '');
    const without = await rawExchange(gateway.port, join(first(), Buffer.from(stolen, 'latin1')));
    expect(statusesOf(without).filter((status) => status < 300)).toEqual([]);
    expect(delivered()).toEqual([]);
  });

  it('with chunk extensions and trailers is one request, and none of them goes on', async () => {
    const bytes = body('visible');
    const trailers = `0;evil="1"${CRLF}X-Scope-OrgID: victim${CRLF}Authorization: Bearer evil${CRLF}${CRLF}`;
    const request = join(head(['Transfer-Encoding: chunked']), chunk(bytes, ';evil=1;x="a b"'), trailers);
    const answer = await rawExchange(gateway.port, request);
    const taken = destination.requests.map(({ headers }) => headers.map(([name]) => name.toLowerCase()));
    expect(delivered()).toEqual(statusesOf(answer)[0] === 204 ? [['visible']] : []);
    for (const names of taken) {
      expect(names).not.toContain('x-scope-orgid');
      expect(names).not.toContain('authorization');
      expect(names).not.toContain('transfer-encoding');
    }
  });

  it('and is two, as the client that pipelines them says, is two: each is authenticated for itself', async () => {
    const [first, second] = [body('first'), body('second')];
    const good = join(head([`Content-Length: ${first.length}`]), first);
    const bad = join(head([`Content-Length: ${second.length}`]).replace(token, `${token.slice(0, -1)}x`), second);
    const answer = await rawExchange(gateway.port, join(good, bad));
    expect(statusesOf(answer)[0]).toBe(204);
    expect(statusesOf(answer).slice(1)).toEqual(statusesOf(answer).length > 1 ? [401] : []);
    expect(delivered()).toEqual([['first']]);
  });

  it.each([
    'evil.com:99999',
    'evil.com:',
    '127.0.0.1:65536',
    '[::1',
    'a/admin/v1/tenants?',
    'a/api/v1/push?',
    'a/api/v1',
    'user@a',
    'a b',
    '%00',
    '$(id)',
  ])('and names the host %j is refused on every path, and aims at none but its own', async (host) => {
    const paths = [
      'GET /',
      'GET /-/ready',
      'GET /install.sh',
      'GET /admin/v1/tenants',
      'POST /api/v1/push',
      'POST /api/v1/batch',
      'POST /push',
    ];
    for (const path of paths) {
      const lines = [
        `${path} HTTP/1.1`,
        `Host: ${host}`,
        `Authorization: Bearer ${token}`,
        'Content-Length: 0',
        '',
        '',
      ];
      expect([path, statusesOf(await rawExchange(gateway.port, join(lines.join(CRLF))))]).toEqual([path, [400]]);
    }
  });

  it('and whose body holds a request is one request with a body that is refused', async () => {
    const rest = hidden();
    const answer = await rawExchange(gateway.port, join(head([`Content-Length: ${rest.length}`]), rest));
    expect(statusesOf(answer)).toEqual([400]);
    expect(delivered()).toEqual([]);
  });

  it('and aims at the admin API with a push token is forbidden', async () => {
    const request = head(['Content-Length: 0'], 'GET /admin/v1/tenants HTTP/1.1');
    expect([401, 403]).toContain(statusesOf(await rawExchange(gateway.port, request))[0]);
    const absolute = head(['Content-Length: 0'], `GET http://169.254.169.254/latest/meta-data HTTP/1.1`);
    expect(statusesOf(await rawExchange(gateway.port, absolute))[0]).toBe(404);
    expect(delivered()).toEqual([]);
  });
});
