/** What `validate` and `run` say of the arguments of the journal and of the Docker components, and what discovery exports. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConfig } from '../../core/alloy/check.ts';
import { diagnosticLine } from '../../core/alloy/diagnostics.ts';
import { FakeDockerEngine } from '../../test/support/fake-docker-engine.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { waitUntil } from '../../test/support/wait-until.ts';
import type { AgentHost } from '../runtime/host.ts';
import { hostBlocks } from '../runtime/logging-block.ts';
import { testHost } from '../testing/test-host.ts';
import { hostRegistry } from './registry.ts';

const logSettings = { level: 'info', format: 'logfmt' } as const;

/** `strict`: as `run`. */
function problems(text: string, strict: boolean): string[] {
  const options = { minStability: 'generally-available', blocks: hostBlocks({ ...logSettings }), strict } as const;
  const found = checkConfig([{ filename: 'c', text }], hostRegistry, 'host', options);
  return found.filter(({ severity }) => severity === 'error').map(diagnosticLine);
}

const journal = (own: string) => `loki.source.journal "a" {\nforward_to = []\n${own}\n}`;
const discovery = (own: string) => `discovery.docker "a" {\n${own}\n}`;
const docker = (own: string) => `loki.source.docker "a" {\ntargets = []\nforward_to = []\n${own}\n}`;
const socket = 'host = "unix:///var/run/docker.sock"';

describe('arguments', () => {
  it.each([
    ['an empty match', journal('matches = "  "')],
    ['several matches', journal('matches = "_SYSTEMD_UNIT=a=b.service  PRIORITY=3"')],
    ['the socket', discovery(socket)],
    ['HTTP settings where there is HTTP', discovery('host = "https://docker:2376"\nbasic_auth {\nusername = "u"\n}')],
    ['a block of defaults', docker(`${socket}\nhttp_client_config { }`)],
  ])('are taken: %s', (_, text) => expect(problems(text, true)).toEqual([]));

  it.each([
    ['a match without a value', journal('matches = "nginx.service"'), /"nginx.service" is not of the form FIELD=value/],
    ['a match in lower case', journal('matches = "priority=3"'), /is not of the form FIELD=value/],
    ['an or', journal('matches = "PRIORITY=3 + PRIORITY=4"'), /"\+" is not of the form FIELD=value/],
    ['an option', journal('matches = "--file=/etc/shadow"'), /is not of the form FIELD=value/],
    ['no host', discovery('host = ""'), /must not be empty/],
    ['no interval', discovery(`${socket}\nrefresh_interval = "0s"`), /must be greater than 0/],
    [
      'two authentications',
      docker('host = "http://d"\nhttp_client_config {\nbearer_token = "t"\nbasic_auth { }\n}'),
      /at most one of/,
    ],
  ])('are refused by validate and run: %s', (_, text, message) => {
    expect(problems(text, false)).toEqual([expect.stringMatching(message)]);
    expect(problems(text, true)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['a host of no kind', discovery('host = "/var/run/docker.sock"'), /is no address of an engine; expected unix:/],
    [
      'a pipe of Windows',
      docker('host = "npipe:////./pipe/docker"'),
      /an engine over npipe:\/\/ is not supported here/,
    ],
    [
      'HTTP settings at a socket',
      discovery(`${socket}\nbasic_auth {\nusername = "u"\n}`),
      /mean nothing where host is not/,
    ],
    [
      'TLS settings',
      docker('host = "https://d"\nhttp_client_config {\ntls_config {\nca_file = "f"\n}\n}'),
      /not yet supported here/,
    ],
  ])('that Alloy would take are refused by run alone: %s', (_, text, message) => {
    expect(problems(text, false)).toEqual([]);
    expect(problems(text, true)).toEqual([expect.stringMatching(message)]);
  });
});

describe('discovery.docker', () => {
  let folder: ReturnType<typeof tempFolder>;
  let engine: FakeDockerEngine;
  let host: AgentHost;

  beforeEach(async () => {
    folder = tempFolder('discovery-docker');
    engine = await FakeDockerEngine.start(join(folder.path, 'docker.sock'));
    host = testHost(folder.path);
  });

  afterEach(async () => {
    await host.stop();
    await engine.close();
    folder.remove();
  });

  const id = 'discovery.docker.a';
  const containers = () => host.targets(id).map((target) => target.__meta_docker_container_name);
  const health = () => host.controller.component(id)?.health;

  it('follows the containers that its filters let through, and keeps them while the engine is away', async () => {
    engine.add({ id: 'c1', name: 'one', labels: { team: 'a' } });
    engine.add({ id: 'c2', name: 'two', labels: { team: 'b' } });
    const text = `${socket.replace('/var/run/docker.sock', engine.socketPath)}\nrefresh_interval = "50ms"
      filter {\nname = "label"\nvalues = ["team=a"]\n}\nfilter {\nname = "status"\nvalues = ["running", "exited"]\n}`;
    await host.load([{ filename: 'c', text: discovery(text) }]);
    host.start();
    await waitUntil('the container is found', () => containers().join() === '/one', { everyMs: 5 });
    expect(engine.asked[0]).toBe(
      `/containers/json?filters=${encodeURIComponent('{"label":["team=a"],"status":["running","exited"]}')}`,
    );
    engine.add({ id: 'c3', name: 'three', labels: { team: 'a' } });
    await waitUntil('the new one is found', () => containers().join() === '/one,/three', { everyMs: 5 });
    await engine.close();
    await waitUntil('it is told', () => health()?.state === 'unhealthy', { everyMs: 5 });
    expect(health()?.message).toMatch(/is Docker running\?; the last content is kept$/);
    expect(containers()).toEqual(['/one', '/three']);
    engine.containers.delete('c1');
    await engine.listen();
    await waitUntil('the other is gone', () => containers().join() === '/three', { everyMs: 5 });
    expect(health()?.state).toBe('healthy');
  });
});
