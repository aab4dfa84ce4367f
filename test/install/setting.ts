/** What the tests of installations share: a gateway with a tenant whose data goes to a sink, a mirror in front, commands. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { TestGateway } from '../support/gateway.ts';
import { closeServer, listenOnLoopback, loopbackUrl } from '../support/loopback.ts';
import { Mirror } from './mirror.ts';

export interface Setting {
  readonly gateway: TestGateway;
  readonly mirror: Mirror;
  readonly token: string;
  stop(): Promise<void>;
}

export async function startSetting(): Promise<Setting> {
  const sink = await startSink();
  const sinkUrl = loopbackUrl(sink);
  const gateway = await TestGateway.start();
  const mirror = await Mirror.start(gateway.port);
  const token = await gateway.createTenant(
    'home',
    `prometheus.remote_write "sink" {
  endpoint {
    url = "${sinkUrl}/api/v1/push"
  }
}

loki.write "sink" {
  endpoint {
    url = "${sinkUrl}/loki/api/v1/push"
  }
}

spillway.receive "all" {
  metrics = [prometheus.remote_write.sink.receiver]
  logs    = [loki.write.sink.receiver]
}
`,
  );
  const stop = async () => {
    await mirror.stop();
    await gateway.stop();
    await closeServer(sink);
  };
  return { gateway, mirror, token, stop };
}

/** Takes everything: what arrives in a real Prometheus is the matter of other tests. */
async function startSink(): Promise<Server> {
  const sink = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(204).end());
  });
  await listenOnLoopback(sink);
  return sink;
}

/** The one-liner of the documentation, without sudo. */
export function oneLiner(url: string, options: string, fetcher = 'curl -fsSL'): string {
  return `${fetcher} ${url}/install.sh | sh -s -- ${options}`;
}

export async function text(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The executables of glibc are called so in a manifest; those for musl have `-musl` at the end. */
export const PLATFORM = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';

/** Where `--download-url` has to point for what serveExecutables serves. */
export const DOWNLOADS = '/elsewhere';

/**
 * Makes the mirror serve stand-ins for executables, by platform: scripts of a few lines. Real ones are the matter of
 * `npm run build:agent` and its tests. `entry`: what the manifest says otherwise of each.
 */
export async function serveExecutables(
  mirror: Mirror,
  scripts: Readonly<Record<string, string>>,
  entry: { readonly unpackedBytes?: number } = {},
): Promise<void> {
  mirror.answers.clear();
  const manifest = JSON.parse(await text(`${mirror.url}/install/manifest.json`)) as object;
  const executables = Object.entries(scripts).map(([platform, script]) => {
    const packed = gzipSync(script);
    const url = `agent-lite-${platform}.gz`;
    mirror.answers.set(`${DOWNLOADS}/${url}`, { body: packed });
    const unpacked = { unpackedBytes: script.length, unpackedSha256: sha256(script) };
    return [platform, { url, sha256: sha256(packed), bytes: packed.length, ...unpacked, ...entry }];
  });
  const body = JSON.stringify({ ...manifest, executables: Object.fromEntries(executables) });
  mirror.answers.set('/install/manifest.json', { body });
}

/**
 * Makes the mirror serve another version of the agent: the bundle as it is with another number in it, or `bundle`.
 * `files`: further files of the installation that differ.
 */
export async function serveVersion(
  mirror: Mirror,
  version: string,
  { bundle, files = {} }: { readonly bundle?: string; readonly files?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  mirror.answers.clear();
  const manifest = JSON.parse(await text(`${mirror.url}/install/manifest.json`)) as { version: string };
  const original = await text(`${mirror.url}/install/agent-lite.cjs`);
  const renamed = original.replaceAll(`"${manifest.version}"`, `"${version}"`);
  const replaced: Record<string, string> = { 'agent-lite.cjs': bundle ?? renamed, ...files };
  let sums = await text(`${mirror.url}/install/SHA256SUMS`);
  for (const [name, content] of Object.entries(replaced)) {
    mirror.answers.set(`/install/${name}`, { body: content });
    sums = sums.replace(new RegExp(`^[0-9a-f]{64}(?=  ${name.replaceAll('.', '\\.')}$)`, 'm'), sha256(content));
  }
  mirror.answers.set('/install/SHA256SUMS', { body: sums });
  mirror.answers.set('/install/manifest.json', { body: JSON.stringify({ ...manifest, version }) });
}
