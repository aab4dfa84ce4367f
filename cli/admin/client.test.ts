/** What the admin commands say where something else than a gateway answers, or nothing. Real sockets, one line each. */
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../test/support/certificate.ts';
import { AdminClient, AdminError } from './client.ts';

const servers: (Server | TcpServer)[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server | TcpServer, scheme = 'http'): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answers = (status: number, headers: Record<string, string>, body = '') =>
  listening(createServer((_request, response) => response.writeHead(status, headers).end(body)));

async function errorOf(gateway: string, path = 'tenants'): Promise<AdminError> {
  const connection = { gateway, adminToken: 'hush-hush', gatewayFrom: '--gateway', tokenFrom: '--admin-token' };
  try {
    await new AdminClient(connection).json(path);
  } catch (error) {
    if (error instanceof AdminError) return error;
    throw error;
  }
  throw new Error('it was taken for a gateway');
}

const said = async (gateway: string) => (await errorOf(gateway)).message;

const HTML = { 'Content-Type': 'text/html; charset=utf-8' };

describe('an answer that is not the admin API', () => {
  it('is told as such, with what was asked and where the URL is from', async () => {
    const url = await answers(404, { 'Content-Type': 'text/plain' }, '404 page not found');
    expect(await said(`${url}/some/page`)).toBe(
      `${url} answered 404 with text/plain (asked /admin/v1/tenants) and is not a Spillway gateway's admin API; is the URL right (from --gateway)?`,
    );
    for (const [status, headers, body] of [
      [200, HTML, '<!doctype html><title>Login</title>'],
      [200, { 'Content-Type': 'application/json' }, '{"tenants": ['],
      [404, { 'Content-Type': 'application/json' }, '{"detail":"Not Found"}'],
      [500, HTML, '<h1>error</h1>'],
      [405, {}, ''],
    ] as const) {
      const url = await answers(status, headers, body);
      expect(await said(url)).toMatch(/ answered \d+.* is not a Spillway gateway's admin API; is the URL right/);
    }
  });

  it('never has words of the page in it, and one form with --json', async () => {
    const error = await errorOf(await answers(404, HTML, '<b>\u001b[2J hush-hush</b>'));
    expect(error.message).not.toMatch(/hush-hush|<b>|\u001b/);
    expect(error.body).toEqual({ error: 'not_a_gateway', message: error.message });
  });

  it('of a proxy or a login in front of the gateway is told apart', async () => {
    expect(await said(await answers(502, HTML))).toContain('a proxy in front of it, most likely, that cannot reach it');
    expect(await said(await answers(401, HTML))).toContain('something in front of it wants a login of its own');
  });

  it('is not followed where it redirects: the token stays here', async () => {
    const asked: unknown[] = [];
    const elsewhere = await listening(
      createServer(({ headers }, response) => {
        asked.push(headers);
        response.end();
      }),
    );
    expect(await said(await answers(302, { Location: `${elsewhere}/login?to=x` }))).toContain(
      `redirects to ${elsewhere}, where the token is not sent`,
    );
    expect(asked).toEqual([]);
    const plain = createServer(({ headers: { host } }, response) =>
      response.writeHead(301, { Location: `https://${host}/` }).end(),
    );
    expect(await said(await listening(plain))).toMatch(/redirects to https: write https:\/\/ in place of http:\/\//);
  });

  it('of the gateway itself keeps its own words', async () => {
    const body = JSON.stringify({ error: 'not_found', message: 'there is no tenant "a"' });
    const error = await errorOf(await answers(404, { 'Content-Type': 'application/json' }, body));
    expect(error).toMatchObject({ message: 'there is no tenant "a"', status: 404 });
  });
});

describe('no answer', () => {
  it('because nothing listens there says how to start one here', async () => {
    const server = createServer();
    const url = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await said(url)).toBe(
      `nothing listens at ${url}: start it with "npm start" or "spillway serve", or is the URL right (from --gateway)?`,
    );
    expect((await errorOf(url)).body).toMatchObject({ error: 'unreachable' });
  });

  it('because the name leads nowhere names it', async () => {
    expect(await said('https://no-such-gateway.invalid')).toMatch(/"no-such-gateway\.invalid".*\(DNS\)/);
  });

  it('over TLS says what is wrong with the certificate, or that there is no TLS, or that there is some', async () => {
    const { cert, key } = selfSignedCertificate();
    const tls = await listening(createHttpsServer({ cert, key }), 'https');
    expect(await said(tls)).toMatch(/is not trusted \(.*\): .* set NODE_EXTRA_CA_CERTS=/);
    expect(await said(tls.replace('https:', 'http:'))).toMatch(/if it speaks TLS, write https:\/\//);
    const plain = await answers(200, {});
    expect(await said(plain.replace('http:', 'https:'))).toMatch(/does not speak TLS: write http:\/\//);
  });

  it('because it is cut off, or not HTTP, is one line too', async () => {
    const cut = await listening(createTcpServer((socket) => socket.destroy()));
    expect(await said(cut)).toMatch(/^http:\S+ ended the connection without an answer in HTTP: .*$/);
    const ssh = await listening(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect(await said(ssh)).toMatch(/^what listens at http:\S+ does not speak HTTP: .*$/);
  });
});
