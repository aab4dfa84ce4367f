/**
 * Abuse cases A16 and A18 against a real agent: it is heard on loopback only, keeps what it has for itself whatever the
 * umask, writes through nobody's link, and says in one line each whatever anybody wrote.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { freePort } from '../support/ports.ts';
import { RawDestination, rawExchange, statusesOf } from '../support/raw-http.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const HOSTILE = '\u001b[2J\u009b31m\u0000\u007f\u0085\u2028 level=error msg=forged';
const folder = tempFolder('abuse-agent');
const storagePath = join(folder.path, 'state');
const victim = join(folder.path, 'victim');

let destination: RawDestination;
let agent: TestAgent;
let otlpPort: number;
let before: number;

beforeAll(async () => {
  destination = await RawDestination.start();
  destination.status = 400;
  destination.answerBody = `refused\r\n${HOSTILE}`;
  otlpPort = await freePort();
  writeFileSync(victim, 'untouched');
  writeFileSync(join(folder.path, 'app.log'), `one\n${HOSTILE}\n`);
  symlinkSync(join(folder.path, 'app.log'), join(folder.path, 'linked.log'));
  before = process.umask(0);
  mkdirSync(storagePath);
  // Somebody was here before the agent: a folder that is open to all, with links to a file of theirs.
  const spool = join(storagePath, 'loki.write.out', 'default');
  mkdirSync(spool, { recursive: true });
  for (const name of ['cursor.tmp', 'agent-id', '00000000000000000000.spool']) symlinkSync(victim, join(spool, name));
  agent = await TestAgent.start(
    `
otelcol.receiver.otlp "in" {
  http { endpoint = "127.0.0.1:${otlpPort}" }
  output { traces = [otelcol.exporter.otlphttp.out.input] }
}
otelcol.exporter.otlphttp "out" {
  client { endpoint = "${destination.url}" }
}
pyroscope.receive_http "in" {
  http { listen_port = ${await freePort()} }
  forward_to = [pyroscope.write.out.receiver]
}
pyroscope.write "out" {
  endpoint { url = "${destination.url}" }
}
loki.source.file "in" {
  targets    = [{ "__path__" = "${folder.path}/app.log" }, { "__path__" = "${folder.path}/linked.log" }]
  forward_to = [loki.write.out.receiver]
}
loki.write "out" {
  endpoint { url = "${destination.url}/loki/api/v1/push" }
}
prometheus.exporter.self "me" { }
prometheus.scrape "me" {
  targets         = prometheus.exporter.self.me.targets
  forward_to      = [prometheus.remote_write.out.receiver]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
}
prometheus.remote_write "out" {
  endpoint { url = "${destination.url}/w" }
}
`,
    { storagePath },
  );
});

afterAll(async () => {
  process.umask(before);
  await agent?.stop();
  await destination?.close();
  folder.remove();
});

interface Kept {
  readonly path: string;
  readonly mode: number;
  readonly kind: 'folder' | 'file' | 'link';
}

function kept(path: string): Kept[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const at = join(path, entry.name);
    const found = lstatSync(at, { throwIfNoEntry: false });
    // Files of a moment, which get their real name.
    if (found === undefined) return [];
    const kind = entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'file';
    return [{ path: at, mode: found.mode & 0o777, kind } as const, ...(kind === 'folder' ? kept(at) : [])];
  });
}

/** Local addresses of the sockets on which the process listens, as /proc writes them. */
function listening(pid: number): string[] {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (match?.[1] !== undefined) inodes.add(match[1]);
    } catch {
      // Closed in the meantime.
    }
  }
  return ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode = '']) => state === '0A' && inodes.has(inode))
      .map(([, local = '']) => local.split(':')[0] as string),
  );
}

describe('A18 a running agent', () => {
  it('listens on loopback only, with all its receivers', async () => {
    await waitUntil('three servers listen', () => listening(agent.pid).length >= 3);
    expect(new Set(listening(agent.pid))).toEqual(new Set(['0100007F']));
  });

  it('answers to no name but loopback’s', async () => {
    const ask = (host: string) =>
      rawExchange(agent.port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(statusesOf(await ask('evil.example'))).toEqual([421]);
    expect(statusesOf(await ask(`localhost:${agent.port}`))).toEqual([200]);
  });

  it('keeps its folders to 0700 and its files to 0600, whatever the umask and whatever was there', async () => {
    await waitUntil('all spools exist', () => kept(storagePath).filter(({ kind }) => kind === 'file').length >= 4);
    const open = kept(storagePath).filter(({ kind, mode }) =>
      kind === 'folder' ? mode !== 0o700 : kind === 'file' && mode !== 0o600,
    );
    expect(open.filter(({ path }) => !path.endsWith('/loki.write.out'))).toEqual([]);
  });

  it('writes through nobody’s link', async () => {
    await waitUntil('the destination was asked', () => destination.requests.length > 2);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(lstatSync(victim).isSymbolicLink()).toBe(false);
  });
});

describe('A16 the log of a running agent', () => {
  it('has one line for each event, without a control character, whatever destinations and files say', async () => {
    await waitUntil('the agent says what was refused', () => agent.output.includes('refused'));
    await rawExchange(agent.port, 'GET /\u001b[2J HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \u009b\r\n\r\n');
    await rawExchange(
      otlpPort,
      `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{"\u001b[2`,
    );
    for (const line of agent.output.split('\n').slice(0, -1)) {
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      if (line !== '') expect(line).toMatch(/^ts=\S+ level=\w+ msg=/);
    }
  });
});
