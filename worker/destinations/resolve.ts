/**
 * Asks a resolver, over HTTPS, what addresses a name has. For the check of a pipeline that is being saved: a name may
 * answer otherwise when data is sent, which is what the platform's own lock is for (docs/security.md).
 */
import { type Address, parseAddress } from './addresses.ts';

export type Resolution =
  | { readonly kind: 'found'; readonly addresses: readonly { readonly text: string; readonly address: Address }[] }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable'; readonly detail: string };

const TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const NO_ERROR = 0;
const NAME_ERROR = 3;
const RECORD_TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };

interface DnsAnswer {
  readonly Status?: unknown;
  readonly Answer?: unknown;
}

/** `resolver` answers in the JSON form that Cloudflare's and Google's do. */
export async function resolve(host: string, resolver: string): Promise<Resolution> {
  try {
    const answers = await Promise.all(Object.values(RECORD_TYPES).map((type) => ask(resolver, host, type)));
    const addresses = answers.flatMap(addressesOf);
    return addresses.length === 0 ? { kind: 'unknown' } : { kind: 'found', addresses };
  } catch (error) {
    return { kind: 'unavailable', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function ask(resolver: string, host: string, type: string): Promise<DnsAnswer> {
  const url = new URL(resolver);
  url.searchParams.set('name', host);
  url.searchParams.set('type', type);
  const response = await fetch(url, {
    headers: { accept: 'application/dns-json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`it answered ${response.status}`);
  }
  const text = await response.text();
  if (text.length > MAX_ANSWER_BYTES) throw new Error('its answer is too long');
  const answer = JSON.parse(text) as DnsAnswer;
  if (answer.Status !== NO_ERROR && answer.Status !== NAME_ERROR)
    throw new Error(`it answered status ${answer.Status}`);
  return answer;
}

/** Records of other types, such as the CNAMEs on the way, are passed over. */
function addressesOf({ Answer }: DnsAnswer): { text: string; address: Address }[] {
  if (!Array.isArray(Answer)) return [];
  return Answer.flatMap((record: { readonly type?: unknown; readonly data?: unknown } | null) => {
    if (typeof record?.data !== 'string' || RECORD_TYPES[Number(record.type)] === undefined) return [];
    const address = parseAddress(record.data);
    return address === undefined ? [] : [{ text: record.data, address }];
  });
}
