/**
 * discovery.docker, discovery.relabel and loki.source.docker in the real agent, against a fake of the engine, which the real
 * docker command takes for an engine: what `docker logs` prints is what arrives.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { FakeDockerEngine } from '../support/fake-docker-engine.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const run = promisify(execFile);

let folder: ReturnType<typeof tempFolder>;
let engine: FakeDockerEngine;
let destination: FakeDestination;
let agent: TestAgent | undefined;

const config = (host: string, url: string) => `
discovery.docker "containers" {
  host             = "${host}"
  refresh_interval = "200ms"
  filter {
    name   = "label"
    values = ["logs=yes"]
  }
}
discovery.relabel "containers" {
  targets = discovery.docker.containers.targets
  rule {
    source_labels = ["__meta_docker_container_name"]
    regex         = "/(.*)"
    target_label  = "container"
  }
}
loki.relabel "streams" {
  forward_to = []
  rule {
    source_labels = ["__meta_docker_container_log_stream"]
    target_label  = "stream"
  }
}
loki.source.docker "containers" {
  host          = "${host}"
  targets       = discovery.relabel.containers.output
  relabel_rules = loki.relabel.streams.rules
  labels        = { job = "docker" }
  forward_to    = [loki.write.store.receiver]
}
loki.write "store" {
  endpoint {
    url                = "${url}/loki/api/v1/push"
    batch_wait         = "50ms"
    min_backoff_period = "30ms"
    max_backoff_period = "100ms"
  }
}
`;

beforeEach(async () => {
  folder = tempFolder('docker-e2e');
  engine = await FakeDockerEngine.start(join(folder.path, 'docker.sock'));
  destination = await FakeDestination.start();
});

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await engine.close();
  await destination.close().catch(() => undefined);
  folder.remove();
});

const docker = (...args: string[]) =>
  run('docker', ['-H', engine.host, ...args], { env: { ...process.env, DOCKER_CONFIG: folder.path } });
const hasDocker = await run('docker', ['--version']).then(
  () => true,
  () => {
    console.warn('skipped: the docker command is not here');
    return false;
  },
);

const received = (container: string, stream: string) =>
  destination.lines.get(`{container="${container}", job="docker", stream="${stream}"}`) ?? [];

const refusals = () => destination.requests.filter(({ status }) => status === 503).length;

const ID = (letter: string) => letter.repeat(64);
const wanted = { labels: { logs: 'yes' } };

describe('loki.source.docker', () => {
  it('delivers every line once over kills of the agent and restarts of containers and engine', async () => {
    const web = engine.add({ id: ID('a'), name: 'web', ...wanted });
    const terminal = engine.add({ id: ID('b'), name: 'terminal', isTerminal: true, ...wanted });
    engine.add({ id: ID('c'), name: 'unwanted' }).log('not for us');
    agent = await TestAgent.start(config(engine.host, destination.url));
    let count = 0;
    const write = (lines: number) => {
      for (let i = 0; i < lines; i++, count++) {
        web.log(`line ${count}`, count % 2 === 0 ? 'stdout' : 'stderr');
        terminal.log(`line ${count}`);
      }
    };
    for (let round = 0; round < 12; round++) {
      destination.refuseWith = round % 3 === 0 ? 503 : 0;
      if (round % 3 === 0) {
        // A kill repeats the request that is under way (test/faults/agent-kill.test.ts). What was taken before is one no
        // longer when the next one is refused.
        const before = refusals();
        write(1);
        await waitUntil('a request is refused', () => refusals() > before, { everyMs: 5 });
      }
      write(200);
      await sleep((round * 41) % 160);
      if (round % 3 === 0) {
        await agent.kill();
        write(50);
        await agent.run();
      } else if (round % 3 === 1) {
        web.stop();
        await sleep(30);
        web.start();
      } else if (round % 6 === 2) {
        await engine.close();
        write(20);
        await engine.listen();
      }
    }
    destination.refuseWith = 0;
    write(1);
    const all = Array.from({ length: count }, (_, i) => `line ${i}`);
    const arrived = () =>
      received('web', 'stdout').length + received('web', 'stderr').length >= count &&
      received('terminal', 'stdout').length >= count;
    await waitUntil('every line has arrived', arrived);
    expect(received('web', 'stdout')).toEqual(all.filter((_, i) => i % 2 === 0));
    expect(received('web', 'stderr')).toEqual(all.filter((_, i) => i % 2 === 1));
    expect(received('terminal', 'stdout')).toEqual(all);
    expect([...destination.lines.keys()].filter((labels) => labels.includes('unwanted'))).toEqual([]);
  });

  it('tells what is wrong where there is no engine', async () => {
    agent = await TestAgent.start(config('unix:///nowhere/docker.sock', destination.url));
    const health = await waitUntil('it is told', async () => {
      const path = '/api/v0/web/components/discovery.docker.containers';
      const found = (await (await fetch(agent?.url + path)).json()) as { health: { state: string; message: string } };
      return found.health.state === 'unhealthy' && found.health;
    });
    expect(health.message).toContain('unix:///nowhere/docker.sock does not exist: is Docker running?');
  });
});

describe.skipIf(!hasDocker)('the fake engine', () => {
  it('is one to the real docker command, and the agent delivers what `docker logs` prints', async () => {
    const web = engine.add({ id: ID('a'), name: 'web', ...wanted });
    web.log('one');
    web.log('to stderr', 'stderr');
    web.log(`long ${'x'.repeat(50_000)}`);
    web.log('grün — 木');
    const { stdout: list } = await docker('ps', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.State}}');
    expect(list).toBe(`${ID('a')} web running\n`);
    agent = await TestAgent.start(config(engine.host, destination.url));
    await waitUntil('the lines have arrived', () => received('web', 'stdout').length === 3);
    const following = docker('logs', '--follow', 'web');
    await waitUntil('docker follows too', () => web.followers === 2);
    web.log('later');
    web.stop();
    const { stdout, stderr } = await following;
    await waitUntil('the last line has arrived', () => received('web', 'stdout').length === 4);
    expect(received('web', 'stdout')).toEqual(stdout.trimEnd().split('\n'));
    expect(received('web', 'stderr')).toEqual(stderr.trimEnd().split('\n'));
    const { stdout: since } = await docker('logs', '--timestamps', '--since', '2026-09-21T14:13:20.004Z', 'web');
    expect(since.split('\n')[0]).toBe('2026-09-21T14:13:20.004000000Z grün — 木');
    await expect(docker('logs', 'nobody')).rejects.toThrow('No such container: nobody');
  });
});
