/** The grouping key of a push to a Pushgateway: the labels in its path, `job` first, values in base64 where they say so. */
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { OutcomeError } from '../../outcome.ts';

export type GroupingKey = ReadonlyMap<string, string>;

const BASE64_SUFFIX = '@base64';
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** From `/metrics/job/<job>{/<label>/<value>}`, percent-encoded as it came. */
export function parseGroupingKey(pathname: string): GroupingKey {
  const [, , ...parts] = pathname.replace(/\/$/, '').split('/');
  if (parts.length % 2 !== 0) throw invalidKey('the labels in the URL are not pairs of name and value');
  const key = new Map<string, string>();
  for (let i = 0; i < parts.length; i += 2) {
    const written = decodePart(parts[i]);
    const name = written.endsWith(BASE64_SUFFIX) ? written.slice(0, -BASE64_SUFFIX.length) : written;
    const shown = JSON.stringify(name.slice(0, 100));
    if (!LABEL_NAME.test(name) || name.startsWith('__')) throw invalidKey(`${shown} in the URL is no label name`);
    const value = decodePart(parts[i + 1]);
    if (i > 0 && name === 'job') throw invalidKey('the URL has the label "job" twice');
    key.set(name, name === written ? value : decodeBase64(value, shown));
  }
  if ((key.get('job') ?? '') === '') throw invalidKey('the job name in the URL is empty');
  return key;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidKey(`${JSON.stringify(part.slice(0, 100))} in the URL is not percent-encoded UTF-8`);
  }
}

/** The alphabet for URLs, with or without padding; "=" alone is the empty text. */
function decodeBase64(text: string, shownName: string): string {
  const bare = text.replace(/=+$/, '');
  const problem = `the value of ${shownName} in the URL is not URL-safe base64 of UTF-8`;
  if (!/^[A-Za-z0-9_-]*$/.test(bare)) throw invalidKey(problem);
  try {
    const binary = atob(bare.replaceAll('-', '+').replaceAll('_', '/'));
    return decodeUtf8(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    throw invalidKey(problem);
  }
}

function invalidKey(problem: string): OutcomeError {
  return new OutcomeError('invalid_grouping_key', `${problem}; expected /metrics/job/JOB{/LABEL/VALUE}`);
}
