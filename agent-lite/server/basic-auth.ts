/** Asks for the name and password of the `http` block. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BasicAuth } from '../runtime/server-blocks.ts';

/** `path` is decoded: an escaped letter must not lead around a filter. */
export function isAllowed(auth: BasicAuth | undefined, path: string, request: IncomingMessage): boolean {
  if (auth === undefined || !asksOn(auth, path)) return true;
  const given = credentialsOf(request.headers.authorization ?? '');
  if (given === undefined) return false;
  const name = sameText(given.username, auth.username);
  const password = sameText(given.password, auth.password.reveal());
  return name && password;
}

/** As Alloy: without a filter everywhere, with one where the path begins with one of the filter's or where none does. */
function asksOn({ filter }: BasicAuth, path: string): boolean {
  if (filter === undefined) return true;
  return filter.paths.some((beginning) => path.startsWith(beginning)) === filter.authenticateMatchingPaths;
}

function credentialsOf(header: string): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Hashes have one length, so the time tells neither length nor content. */
function sameText(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
