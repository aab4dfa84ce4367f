/** Outboxes as the admin API gives them (docs/admin-api.md), and as text for people. */
import { formatAge, formatBytes, formatTable, formatTime, printable } from './table.ts';

interface ErrorJson {
  readonly atMs: number;
  readonly reason: string;
  readonly detail: string;
}

export interface OutboxJson {
  readonly destination: string;
  readonly signal: string;
  readonly state: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  readonly oldestAtMs: number | null;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
  readonly lastError: ErrorJson | null;
  readonly pastError?: ErrorJson | null;
  readonly deadLetters: number;
  readonly ledger: Readonly<Record<'accepted' | 'queued' | 'delivered' | 'rejected' | 'dropped', number>>;
  readonly maxBytes?: number;
}

export interface DeadLetterJson {
  readonly id: number;
  readonly atMs: number;
  readonly reason: string;
  readonly detail: string;
  readonly items: number;
  readonly bytes: number;
  readonly hasBody: boolean;
}

export interface OutboxDetailsJson extends OutboxJson {
  readonly deadLetterList: readonly DeadLetterJson[];
}

const LIST_HEADERS = [
  'DESTINATION',
  'SIGNAL',
  'STATE',
  'PAYLOADS',
  'BYTES',
  'ITEMS',
  'OLDEST',
  'NEXT TRY',
  'DEAD LETTERS',
  'ERROR NOW',
];

export function outboxTable(outboxes: readonly OutboxJson[], nowMs: number): string {
  if (outboxes.length === 0) return 'no destinations: the tenant has no pipeline yet';
  const rows = outboxes.map((found) => [
    found.destination,
    found.signal,
    found.state,
    String(found.payloads),
    formatBytes(found.bytes),
    String(found.items),
    formatAge(found.oldestAtMs, nowMs),
    nextTry(found, nowMs),
    String(found.deadLetters),
    found.lastError === null ? '-' : `${found.lastError.reason} at ${formatTime(found.lastError.atMs)}`,
  ]);
  return formatTable(LIST_HEADERS, rows);
}

function nextTry({ payloads, state, nextAttemptAtMs }: OutboxJson, nowMs: number): string {
  if (payloads === 0) return '-';
  if (state === 'held') return 'when resumed';
  return nextAttemptAtMs === null || nextAttemptAtMs <= nowMs ? 'now' : `in ${formatAge(nowMs, nextAttemptAtMs)}`;
}

export function outboxDetails(found: OutboxDetailsJson, nowMs: number): string {
  const { ledger, pastError, maxBytes } = found;
  const share = maxBytes === undefined ? '' : ` of ${formatBytes(maxBytes)}`;
  const error = found.lastError ?? pastError ?? null;
  const over = found.lastError === null && error !== null ? ' (over)' : '';
  const facts = formatTable(
    ['DESTINATION', found.destination],
    [
      ['signal', found.signal],
      ['state', found.state],
      ['waiting', `${found.payloads} payloads, ${formatBytes(found.bytes)}${share}, ${found.items} items`],
      ['oldest', formatAge(found.oldestAtMs, nowMs)],
      ['attempts', String(found.attempts)],
      ['next try', nextTry(found, nowMs)],
      ['last error', error === null ? '-' : `${formatTime(error.atMs)} ${error.reason}: ${error.detail}${over}`],
      [
        'items so far',
        `${ledger.accepted} accepted = ${ledger.delivered} delivered + ${ledger.queued} queued + ${ledger.rejected} rejected + ${ledger.dropped} dropped`,
      ],
    ],
  );
  return `${facts}\n\n${deadLetterTable(found.deadLetterList)}`;
}

export function deadLetterTable(letters: readonly DeadLetterJson[]): string {
  if (letters.length === 0) return 'no dead letters';
  const rows = letters.map(({ id, atMs, reason, items, bytes, detail, hasBody }) => [
    String(id),
    formatTime(atMs),
    reason,
    String(items),
    hasBody ? formatBytes(bytes) : `${formatBytes(bytes)} (not kept)`,
    printable(detail).slice(0, 120),
  ]);
  return formatTable(['ID', 'REFUSED AT', 'REASON', 'ITEMS', 'BYTES', 'DETAIL'], rows);
}
