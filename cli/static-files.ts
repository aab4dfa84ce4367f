/** Serves a small folder of built pages from memory, with headers that forbid anything from elsewhere. Read only. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join } from 'node:path';

/** No inline script or style and no other origin: labels and log lines on the pages are written by strangers. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export class StaticFiles {
  /** Only names listed when the server started are served, so no path can lead out of the folder. */
  readonly #files = new Map<string, { readonly type: string; readonly body: Buffer }>();

  constructor(folder: string) {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch {
      return;
    }
    for (const name of names) {
      const type = CONTENT_TYPES[extname(name)];
      if (type) this.#files.set(`/${name}`, { type, body: readFileSync(join(folder, name)) });
    }
  }

  get empty(): boolean {
    return this.#files.size === 0;
  }

  /** True when `path` is one of the files (`/` is index.html) and the answer has been written. */
  serve(path: string, response: ServerResponse): boolean {
    const file = this.#files.get(path === '/' ? '/index.html' : path);
    if (!file) return false;
    response.writeHead(200, { ...PAGE_HEADERS, 'content-type': file.type, 'content-length': file.body.length });
    response.end(file.body);
    return true;
  }
}
