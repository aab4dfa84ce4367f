/** Answers of the agent's HTTP server. */
import type { ServerResponse } from 'node:http';

export const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Data is never a page, whatever is in it. */
const DATA_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

export function send(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...DATA_HEADERS, 'Content-Type': contentType });
  response.end(body);
}

/** What the configuration and the pipeline hold is nobody's cache's business. */
export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('Cache-Control', 'no-store');
  send(response, 200, 'application/json', JSON.stringify(value));
}
