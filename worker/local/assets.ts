/**
 * The console's files on one machine: what Cloudflare's static assets do, over workerd's disk service, which knows neither
 * content types nor index pages. Serves GET and HEAD of files with a known type; directories are not listed.
 */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  json: 'application/json',
  woff2: 'font/woff2',
  map: 'application/json',
};

interface AssetsEnv {
  readonly DISK: Fetcher;
}

export default {
  async fetch(request, env) {
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 });
    const url = new URL(request.url);
    // Not every host that the gateway may be called by is one to workerd's disk.
    url.host = 'disk';
    if (url.pathname.endsWith('/')) url.pathname += 'index.html';
    const found = await file(env, request, url);
    if (found !== undefined) return found;
    // As `html_handling: auto-trailing-slash` does: /receiver is receiver.html.
    url.pathname += '.html';
    return (await file(env, request, url)) ?? new Response('Not found\n', { status: 404 });
  },
} satisfies ExportedHandler<AssetsEnv>;

async function file(env: AssetsEnv, request: Request, url: URL): Promise<Response | undefined> {
  // What hosts install: worker/install/ gives it its type.
  const install = url.pathname.startsWith('/install/') ? 'application/octet-stream' : undefined;
  const contentType = install ?? CONTENT_TYPES[/\.([a-z0-9]+)$/.exec(url.pathname)?.[1] ?? ''];
  if (contentType === undefined) return undefined;
  const response = await env.DISK.fetch(url.toString(), { method: request.method });
  if (!response.ok) return undefined;
  return new Response(response.body, { headers: { 'Content-Type': contentType } });
}
