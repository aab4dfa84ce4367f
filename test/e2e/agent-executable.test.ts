/** The executables that `npm run build:agent` makes for this platform, where there is no Node, and one where there is nothing but musl. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import {
  agentExecutable,
  HAS_EXECUTABLE,
  muslAgentExecutable,
  muslThrowingProgram,
  PLATFORM,
  requireMusl,
} from '../support/agent-executable.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Nothing can be found on it. */
const NO_NODE = { PATH: '/nonexistent', NODE_OPTIONS: '' };

/** Where each finds itself, by its own account. */
const EXECUTABLES = [
  { platform: PLATFORM, isHere: HAS_EXECUTABLE, prepare: () => agentExecutable(), seenAs: undefined },
  { platform: `${PLATFORM}-musl`, isHere: requireMusl(), prepare: muslAgentExecutable, seenAs: '/agent-lite' },
];

for (const { platform, isHere, prepare, seenAs } of EXECUTABLES) {
  describe.runIf(isHere)(`the executable for ${platform}`, () => tests(prepare, seenAs));
}

describe.runIf(requireMusl())('the Node for musl, linked with its libraries', () => {
  it('finds its way out of functions of each when C++ throws', () => {
    const folder = tempFolder('throwing');
    try {
      const { stderr, signal } = spawnSync(muslThrowingProgram(folder.path), { encoding: 'utf8', cwd: folder.path });
      // What is thrown is caught once, in the library, by what writes the second line.
      expect({ stderr, signal }).toEqual({
        stderr: "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
        signal: 'SIGABRT',
      });
    } finally {
      folder.remove();
    }
  });
});

function tests(prepare: (folder: string) => Promise<string>, seenAs: string | undefined): void {
  let folder: ReturnType<typeof tempFolder>;
  let executable: string;
  let destination: FakeDestination;

  beforeAll(async () => {
    folder = tempFolder('executable');
    destination = await FakeDestination.start();
    executable = await prepare(folder.path);
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

  it('takes the configuration that install.sh writes', () => {
    const path = join(folder.path, 'config.alloy');
    copyFileSync(join(ROOT, 'deploy/agent/config.alloy'), path);
    const env = { ...NO_NODE, SPILLWAY_URL: 'https://gateway.example', SPILLWAY_TOKEN: 'spw_x' };
    const { status, stderr } = spawnSync(executable, ['validate', path], { encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
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
      expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8').split('\0')[0]).toBe(seenAs ?? executable);
      if (seenAs !== undefined) expect(libraries(agent.pid)).toEqual([expect.stringMatching(/^ld-musl-/)]);
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
}

/** Names of the shared libraries that a process has in memory. */
function libraries(pid: number): string[] {
  const names = readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(/([^/\n]+\.so[^/\n]*)$/gm);
  return [...new Set([...names].map(([, name]) => name as string))];
}

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
