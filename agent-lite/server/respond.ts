/** Answers of the agent's HTTP server. */
import type { ServerResponse } from 'node:http';

export const PLAIN_TEXT = 'text/plain; charset=utf-8';

export function send(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'Content-Type': contentType, 'X-Content-Type-Options': 'nosniff' });
  response.end(body);
}

/** What the configuration and the pipeline hold is nobody's cache's business. */
export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('Cache-Control', 'no-store');
  send(response, 200, 'application/json', JSON.stringify(value));
}
