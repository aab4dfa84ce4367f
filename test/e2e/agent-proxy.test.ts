/** An agent behind a proxy: what HTTPS_PROXY names is how it reaches the gateway, with TLS through it from end to end. */
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { closeServer, portOf } from '../support/loopback.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** The certificate's name, and none of loopback's for the agent: with the dot it is a name that only the proxy knows. */
const GATEWAY_HOST = 'localhost.';

const folder = tempFolder('agent-proxy');
const tunnels: { readonly target: string; readonly credentials: string | undefined }[] = [];
let destination: FakeDestination;
let gateway: TestGateway;
let token: string;
let tls: ReturnType<typeof createTlsServer>;
let proxy: Server;

beforeAll(async () => {
  destination = await FakeDestination.start();
  gateway = await TestGateway.start();
  token = await gateway.createTenant('home', forwardPipeline(destination.url), ['agent']);
  const { cert, key } = selfSignedCertificate();
  writeFileSync(join(folder.path, 'ca.pem'), cert);
  tls = createTlsServer({ cert, key }, (socket) =>
    joined(socket, connect(Number(new URL(gateway.url).port), '127.0.0.1')),
  );
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', ({ url = '', headers }, socket: Socket) => {
    tunnels.push({ target: url, credentials: headers['proxy-authorization'] });
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    joined(socket, connect((tls.address() as AddressInfo).port, '127.0.0.1'));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await closeServer(proxy);
  tls?.close();
  await gateway?.stop();
  await destination?.close();
  folder.remove();
});

function joined(a: Socket, b: Socket): void {
  a.on('error', () => b.destroy());
  b.on('error', () => a.destroy());
  a.pipe(b).pipe(a);
}

const scrape = (receiver: string) => `
prometheus.exporter.self "agent" { }

prometheus.scrape "self" {
  targets         = prometheus.exporter.self.agent.targets
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [${receiver}]
}
`;

function config(url: string, name: string): string {
  return `${scrape('spillway.write.gateway.metrics_receiver')}
spillway.write "gateway" {
  url             = "${url}"
  token           = "${token}"
  external_labels = { way = "${name}" }
}
`;
}

function remoteWrite(name: string, proxy: string): string {
  return `${scrape('prometheus.remote_write.gateway.receiver')}
prometheus.remote_write "gateway" {
  external_labels = { way = "${name}" }
  endpoint {
    url          = "https://${GATEWAY_HOST}:8443/api/v1/push"
    bearer_token = "${token}"
    ${proxy}
  }
}
`;
}

const arrived = (name: string) => [...destination.samples.keys()].some((key) => key.includes(`way="${name}"`));

describe('an agent whose environment names a proxy', () => {
  it('sends through it, with the credentials of its URL, and TLS ends at the gateway', async () => {
    const env = {
      HTTPS_PROXY: `http://me:pass@127.0.0.1:${portOf(proxy)}`,
      NODE_EXTRA_CA_CERTS: join(folder.path, 'ca.pem'),
    };
    const agent = await TestAgent.start(config(`https://${GATEWAY_HOST}:8443`, 'behind'), { env });
    try {
      await waitUntil('samples came through the proxy', async () => arrived('behind'));
    } finally {
      await agent.stop();
    }
    const basic = `Basic ${Buffer.from('me:pass').toString('base64')}`;
    expect(tunnels[0]).toEqual({ target: `${GATEWAY_HOST}:8443`, credentials: basic });
  });

  it.each([
    ['proxy_from_environment', () => 'proxy_from_environment = true', 'env:secret'],
    [
      'proxy_url',
      () => `proxy_url = "http://own:word@127.0.0.1:${portOf(proxy)}"\n    no_proxy = "10.0.0.0/8"`,
      'own:word',
    ],
  ])('sends remote write through it where %s says so', async (name, argument, credentials) => {
    const before = tunnels.length;
    const env = {
      HTTPS_PROXY: `http://env:secret@127.0.0.1:${portOf(proxy)}`,
      NODE_EXTRA_CA_CERTS: join(folder.path, 'ca.pem'),
    };
    const agent = await TestAgent.start(remoteWrite(name, argument()), { env });
    try {
      await waitUntil('samples came through the proxy', async () => arrived(name));
    } finally {
      await agent.stop();
    }
    const basic = `Basic ${Buffer.from(credentials).toString('base64')}`;
    expect(tunnels[before]).toEqual({ target: `${GATEWAY_HOST}:8443`, credentials: basic });
  });

  it('sends remote write straight where nothing says otherwise', async () => {
    const before = tunnels.length;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
    const agent = await TestAgent.start(remoteWrite('unasked', ''), { env });
    try {
      // There is nothing at that port of this machine.
      await waitUntil('a push failed', async () => /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(agent.output));
    } finally {
      await agent.stop();
    }
    expect(tunnels.length).toBe(before);
  });

  it('goes straight to a gateway on the same machine', async () => {
    const env = { HTTP_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
    const agent = await TestAgent.start(config(gateway.url, 'straight'), { env });
    try {
      await waitUntil('samples came straight', async () => arrived('straight'));
    } finally {
      await agent.stop();
    }
  });
});
