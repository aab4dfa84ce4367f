/**
 * What a destination says is shown to people and kept: in logs, on the console, in outboxes. Receivers and proxies repeat
 * requests in their refusals, so the credentials of ours are taken out before anybody sees the answer.
 */
import type { Auth, Destination } from './destination.ts';
import type { Judgement } from './verdict.ts';

/** A shorter text is found everywhere, and taking it out would tell more than it hides. */
const MIN_LENGTH = 4;
const HIDDEN = '(secret)';
/** In its place until the end, so that the secret `secret` is not looked for in what hides another. */
const MARK = '\u0000';
const CUT = '…';

/** A text that was cut off ends in `…`. */
export function withoutTexts(text: string, secrets: Iterable<string>): string {
  let clean = text;
  // The longest first: one may be a part of another.
  const known = [...secrets].filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  for (const secret of known) clean = clean.replaceAll(secret, MARK);
  return withoutCutOne(clean, known[0]?.length ?? 0).replaceAll(MARK, HIDDEN);
}

/**
 * The end of what was cut off may be the beginning of a secret. It goes whether it is or not: receivers repeat what was
 * pushed, and a sender who sees which endings are taken out finds a password letter by letter.
 */
function withoutCutOne(text: string, longest: number): string {
  return text.endsWith(CUT) && longest > 0 ? `${text.slice(0, Math.max(0, text.length - longest))}${CUT}` : text;
}

/** A verdict whose detail, if it has one, holds none of the destination's credentials. */
export function withoutSecrets<J extends Judgement>(destination: Destination, judgement: J): J {
  if (!('detail' in judgement)) return judgement;
  return { ...judgement, detail: withoutTexts(judgement.detail, secretsOf(destination)) };
}

/** An address as it may be shown: user, password and query may be keys. */
export function shownUrl(text: string): string {
  const query = text.indexOf('?');
  const address = query < 0 ? text : `${text.slice(0, query)}?${HIDDEN}`;
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, `$1${HIDDEN}@`);
}

const known = new WeakMap<Destination, readonly string[]>();

/** In the forms in which they are sent. */
export function secretsOf(destination: Destination): readonly string[] {
  let secrets = known.get(destination);
  if (secrets === undefined) known.set(destination, (secrets = findSecrets(destination)));
  return secrets;
}

function findSecrets({ auth, headers, secretHeaders = [], url, proxy }: Destination): string[] {
  const found = [
    ...authSecrets(auth),
    ...secretHeaders.map(({ value }) => value.reveal()),
    // Which header is a credential is not known: X-Scope-OrgID is none, Api-Key is one.
    ...Object.entries(headers).flatMap(([name, value]) =>
      SECRET_HEADER.test(name) ? [value, ...value.split(' ').slice(1)] : [],
    ),
    ...urlSecrets(url),
    ...(typeof proxy === 'object' ? urlSecrets(proxy.url.reveal()) : []),
  ];
  return found.flatMap(forms).filter((secret) => secret.length >= MIN_LENGTH);
}

const SECRET_HEADER = /auth|key|token|secret|password|cookie|signature/i;

function authSecrets({ basic, bearer, authorization }: Auth): string[] {
  const found: string[] = [];
  if (basic !== undefined) found.push(basic.password.reveal(), basic64(`${basic.username}:${basic.password.reveal()}`));
  if (bearer !== undefined) found.push(bearer.reveal());
  if (authorization !== undefined) found.push(authorization.credentials.reveal());
  return found;
}

/** Password and query: API keys are given in both. */
function urlSecrets(text: string): string[] {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [];
  }
  const { password, search } = url;
  const values = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  return [password, search.slice(1), ...values].filter((each) => each !== '');
}

/** As it is, percent-encoded as in URLs, decoded, and escaped as in JSON. */
function forms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, encodeURIComponent(secret), decoded(secret), json])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function basic64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
