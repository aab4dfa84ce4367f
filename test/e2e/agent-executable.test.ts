/** The executable that `npm run build:agent` makes for this platform, on a host that has no Node. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { agentExecutable, HAS_EXECUTABLE, PLATFORM } from '../support/agent-executable.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Nothing can be found on it. */
const NO_NODE = { PATH: '/nonexistent', NODE_OPTIONS: '' };

describe.runIf(HAS_EXECUTABLE)(`the executable for ${PLATFORM}`, () => {
  let folder: ReturnType<typeof tempFolder>;
  let executable: string;
  let destination: FakeDestination;

  beforeAll(async () => {
    folder = tempFolder('executable');
    destination = await FakeDestination.start();
    executable = await agentExecutable();
  });

  afterAll(async () => {
    await destination.close();
    folder.remove();
  });

  function run(...args: readonly string[]) {
    return spawnSync(executable, args, { encoding: 'utf8', env: NO_NODE });
  }

  it('says its version, and what is wrong with a configuration', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(run('--version')).toMatchObject({ status: 0, stdout: expect.stringContaining(`version ${version} `) });
    const config = join(folder.path, 'wrong.alloy');
    writeFileSync(config, 'prometheus.scrape "x" { }\n');
    expect(run('validate', config)).toMatchObject({ status: 1, stderr: expect.stringContaining('wrong.alloy:1:1') });
  });

  it('delivers metrics of the host and every line of a file in order, over kill -9, a reload and a stop', async () => {
    const gateway = await TestGateway.start();
    const file = join(folder.path, 'app.log');
    writeFileSync(file, '');
    let written = 0;
    const write = (lines: number) => {
      for (let i = 0; i < lines; i++) appendFileSync(file, `line ${written++}\n`);
    };
    const token = await gateway.createTenant('home', forwardPipeline(destination.url));
    const agent = await TestAgent.start(config(file, gateway.url, token), { executable, env: NO_NODE });
    try {
      expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8').split('\0')[0]).toBe(executable);
      write(50);
      await waitUntil('the first lines arrived', () => destination.lineCount >= 50);
      await waitUntil('metrics arrived', () =>
        [...destination.samples.keys()].some((key) => key.includes('"node_load1"')),
      );
      await agent.kill();
      write(50);
      await agent.run(NO_NODE);
      write(50);
      await agent.hangup();
      expect(agent.output).toContain('config reloaded');
      write(50);
      await waitUntil('every line arrived', () => lines(destination).length >= written);
      expect(lines(destination)).toEqual(Array.from({ length: written }, (_, i) => `line ${i}`));
    } finally {
      await agent.stop();
      await gateway.stop();
    }
    expect(agent.output).toContain('agent-lite has stopped');
  });

  it('trusts the certificates that the host trusts', async () => {
    const { cert, key } = selfSignedCertificate();
    const trusted = join(folder.path, 'trusted.pem');
    writeFileSync(trusted, cert);
    const exporter = createServer({ cert, key }, (_request, response) => response.end('behind_tls 1\n'));
    await new Promise<void>((resolve) => exporter.listen(0, 'localhost', resolve));
    const { port } = exporter.address() as AddressInfo;
    const env = { ...NO_NODE, SSL_CERT_FILE: trusted };
    const agent = await TestAgent.start(tlsConfig(port, destination.url), { executable, env });
    try {
      const arrived = () => [...destination.samples.keys()].some((key) => key.includes('"behind_tls"'));
      await waitUntil('a sample arrived', arrived);
    } finally {
      await agent.stop();
      await new Promise((resolve) => exporter.close(resolve));
    }
  });
});

/** A kill may repeat the request that was in flight. */
function lines(destination: FakeDestination): string[] {
  return [...new Set([...destination.lines.values()].flat())];
}

function config(file: string, url: string, token: string): string {
  return `
prometheus.exporter.unix "host" { }

prometheus.scrape "host" {
  targets         = prometheus.exporter.unix.host.targets
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [spillway.write.gateway.metrics_receiver]
}

loki.source.file "app" {
  targets    = [{ "__path__" = "${file}", "job" = "app" }]
  forward_to = [spillway.write.gateway.logs_receiver]
}

spillway.write "gateway" {
  url   = "${url}"
  token = "${token}"
}
`;
}

function tlsConfig(port: number, url: string): string {
  return `
prometheus.scrape "tls" {
  targets         = [{ "__address__" = "localhost:${port}" }]
  scheme          = "https"
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.store.receiver]
}

prometheus.remote_write "store" {
  endpoint {
    url = "${url}/api/v1/push"
  }
}
`;
}
