/**
 * What a host fetches to install an agent: the script, and the files it names, from the assets that `npm run build` made
 * (scripts/install-assets.mjs). Public, because the token of a host is not needed to read a program. Never serves a path
 * that is not in the table, and never writes more of a request into the script than an origin with a plain host.
 */
import { clientOrigin } from '../auth/client-address.ts';
import type { Env } from '../env.ts';
import { isPlainHost } from '../host-name.ts';

const TEXT = 'text/plain; charset=utf-8';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  'agent-lite.cjs': 'text/javascript; charset=utf-8',
  'manifest.json': 'application/json',
  SHA256SUMS: TEXT,
  // As it was built, for SHA256SUMS and installations without a network.
  'install.sh': 'text/x-shellscript; charset=utf-8',
  'config.alloy': TEXT,
  'spillway-agent.service': TEXT,
  'spillway-agent.initd': TEXT,
};

/** Revalidated each time: a bundle of yesterday beside the checksums of today would stop an installation. */
const CACHE_CONTROL = 'no-cache';

/** The line of the script (deploy/agent/install/start.sh) that is filled in. */
export const ORIGIN_LINE = "GATEWAY_ORIGIN=''";

export async function installScript(request: Request, env: Env): Promise<Response> {
  const origin = clientOrigin(request, env);
  if (!isPlainOrigin(origin)) return text(400, 'This host name is none that a script could be made for.\n');
  const asset = await built(request, env, 'install.sh');
  if (asset === undefined) return notBuilt();
  const script = fillIn(await asset.text(), origin);
  return new Response(script, {
    // The script depends on the host that was asked: a shared cache in between must not mix them up.
    headers: { ...headers('text/x-shellscript; charset=utf-8'), Vary: 'Host', 'Cache-Control': 'no-store' },
  });
}

/** Exported for its tests. The quotes are the shell's: inside them nothing of a plain origin has a meaning. */
export function fillIn(script: string, origin: string): string {
  if (!isPlainOrigin(origin)) throw new Error('not an origin that may stand in a script');
  return script.replace(ORIGIN_LINE, () => `GATEWAY_ORIGIN='${origin}'`);
}

/**
 * The only text of a request that gets into the script. A host name of a URL may hold `$(`, a backtick and a quote, and
 * a Host header is what the client says it is, so nothing but plain names, addresses and ports passes.
 */
function isPlainOrigin(origin: string): boolean {
  const [, host] = /^https?:\/\/(.+)$/.exec(origin) ?? [];
  return host !== undefined && isPlainHost(host);
}

export async function installFile(request: Request, env: Env, name: string): Promise<Response> {
  const contentType = Object.hasOwn(CONTENT_TYPES, name) ? CONTENT_TYPES[name] : undefined;
  if (contentType === undefined) return text(404, 'Not found\n');
  const asset = await built(request, env, name);
  if (asset === undefined) return notBuilt();
  if (name === 'manifest.json' && downloadUrl(env) !== undefined) return manifest(asset, downloadUrl(env) as string);
  const response = new Response(asset.body, { status: asset.status, headers: headers(contentType) });
  const etag = asset.headers.get('etag');
  if (etag !== null) response.headers.set('ETag', etag);
  return response;
}

interface Manifest {
  readonly executables?: Readonly<Record<string, { readonly url: string }>>;
}

/** The build knows the names of the executables, the operator where they lie. */
async function manifest(asset: Response, base: string): Promise<Response> {
  const built = (await asset.json()) as Manifest;
  const executables = Object.entries(built.executables ?? {}).map(([platform, file]) => {
    return [platform, { ...file, url: `${base}/${file.url}` }];
  });
  const body = JSON.stringify({ ...built, executables: Object.fromEntries(executables) });
  return new Response(`${body}\n`, { headers: headers('application/json') });
}

function downloadUrl({ AGENT_DOWNLOAD_URL }: Env): string | undefined {
  const trimmed = (AGENT_DOWNLOAD_URL ?? '').replace(/\/+$/, '');
  return trimmed === '' ? undefined : trimmed;
}

/** undefined: the gateway was deployed without these files. */
async function built(request: Request, env: Env, name: string): Promise<Response | undefined> {
  if (env.ASSETS === undefined) return undefined;
  const asset = await env.ASSETS.fetch(new Request(new URL(`/install/${name}`, request.url)));
  return asset.ok ? asset : undefined;
}

function headers(contentType: string): Record<string, string> {
  return { 'Content-Type': contentType, 'Cache-Control': CACHE_CONTROL, 'X-Content-Type-Options': 'nosniff' };
}

function notBuilt(): Response {
  const message =
    'echo "This gateway was deployed without the agent: run npm run build and deploy again." >&2; exit 1\n';
  return text(503, message);
}

function text(status: number, message: string): Response {
  return new Response(message, { status, headers: { ...headers(TEXT), 'Cache-Control': 'no-store' } });
}
