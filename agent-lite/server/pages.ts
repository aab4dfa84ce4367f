/** The agent's pages: one document for every address of theirs, a script, a style sheet, an icon; nothing from elsewhere. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { PLAIN_TEXT, send } from './respond.ts';

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** Labels and log lines on these pages are written by strangers. */
const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
  Vary: 'Accept-Encoding',
};

/** Addresses that the page itself understands; a mistyped one is a 404 and not a page. */
const PAGE_ADDRESS = /^\/(?:$|graph(?:\/|$)|component\/.)/;

/** The file that a path stands for; undefined for paths that are none of the pages'. */
export function pageFile(path: string): string | undefined {
  const name = path.slice(1);
  if (name !== 'index.html' && Object.hasOwn(FILES, name)) return name;
  return PAGE_ADDRESS.test(path) ? 'index.html' : undefined;
}

/** Loaded when a browser first asks: most agents are never looked at. */
export async function sendPage(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { builtPage } = await import('./built-pages.ts');
  const gzipped = builtPage(name);
  if (gzipped === undefined) {
    return send(response, 404, PLAIN_TEXT, 'the pages have not been built: run npm run build\n');
  }
  const asked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const body = asked ? gzipped : gunzipSync(gzipped);
  response.writeHead(200, {
    ...PAGE_HEADERS,
    'Content-Type': FILES[name],
    'Content-Length': body.length,
    ...(asked ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
