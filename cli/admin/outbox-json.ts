/** Outboxes as the admin API gives them (docs/admin-api.md), and as text for people. */
import { formatAge, formatBytes, formatTable, formatTime, plural, printable } from './table.ts';

interface ErrorJson {
  readonly atMs: number;
  readonly reason: string;
  readonly detail: string;
  readonly status?: number;
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
  readonly events?: Readonly<Record<'attempts' | 'splits' | 'deadLetters', number>>;
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
    stateWords(found),
    String(found.payloads),
    formatBytes(found.bytes),
    String(found.items),
    formatAge(found.oldestAtMs, nowMs),
    nextTry(found, nowMs),
    String(found.deadLetters),
    found.lastError === null ? '-' : `${found.lastError.reason} ${formatAge(found.lastError.atMs, nowMs)} ago`,
  ]);
  return formatTable(LIST_HEADERS, rows);
}

/** The API's `held` is what `pause` makes; its `paused` is the destination's doing, or the pipeline's, which lost it. */
function stateWords(outbox: OutboxJson): string {
  const { state } = outbox;
  if (state === 'held') return 'paused by operator';
  if (isRemoved(outbox)) return 'not in the pipeline';
  return state === 'paused' ? 'paused by refusal' : state;
}

function isRemoved({ state, lastError }: OutboxJson): boolean {
  return state === 'paused' && lastError?.reason === 'destination_missing';
}

function nextTry({ payloads, state, nextAttemptAtMs }: OutboxJson, nowMs: number): string {
  if (payloads === 0) return '-';
  if (state === 'held') return 'when resumed';
  const isSoon = nextAttemptAtMs === null || nextAttemptAtMs - nowMs < 500;
  return isSoon ? 'now' : `in ${formatAge(nowMs, nextAttemptAtMs)}`;
}

/** From here on it may be the payload that the destination fails on. */
const MANY_ATTEMPTS = 10;

/** The next step for someone who was woken by it. */
function whatToDo(outbox: OutboxDetailsJson): string {
  const { state, payloads, lastError, deadLetters, attempts } = outbox;
  if (state === 'held') return '"spillway outbox resume" when the destination may have data again';
  if (isRemoved(outbox)) {
    return 'put the destination back into the pipeline, or purge what waits';
  }
  if (state === 'paused') return 'correct URL or credentials in the pipeline: then it is sent at once, nothing is lost';
  if (lastError?.reason === 'pipeline_unavailable') {
    return "the tenant's errors on the console and the gateway's log tell why the pipeline does not load; everything is kept and goes on by itself";
  }
  if (state === 'waiting') {
    const mend = 'mend the destination: it goes on by itself, or at once with "spillway outbox retry"';
    const isAnswered = lastError?.status !== undefined && lastError.status >= 500;
    return isAnswered && attempts >= MANY_ATTEMPTS
      ? `${mend}; if it fails on the first payload only: "outbox skip"`
      : mend;
  }
  if (payloads > 0) return 'nothing while it gets less; else the destination takes less than arrives';
  return deadLetters > 0 ? 'see the dead letters, mend the cause, "spillway outbox replay"' : 'nothing';
}

export function outboxDetails(found: OutboxDetailsJson, nowMs: number): string {
  const { ledger, pastError, maxBytes, events } = found;
  const share = maxBytes === undefined ? '' : ` of ${formatBytes(maxBytes)}`;
  const error = found.lastError ?? pastError ?? null;
  const over = found.lastError === null && error !== null ? ', over' : '';
  const facts = formatTable(
    ['DESTINATION', found.destination],
    [
      ['signal', found.signal],
      ['state', stateWords(found)],
      ['what to do', whatToDo(found)],
      [
        'backlog',
        `${plural(found.payloads, 'payload')}, ${formatBytes(found.bytes)}${share}, ${plural(found.items, 'item')}`,
      ],
      ['oldest', formatAge(found.oldestAtMs, nowMs)],
      ['failures in a row', String(found.attempts)],
      ['next try', nextTry(found, nowMs)],
      [
        'last error',
        error === null
          ? '-'
          : `${error.reason}: ${error.detail} (${formatAge(error.atMs, nowMs)} ago, ${formatTime(error.atMs)})${over}`,
      ],
      [
        'items that waited',
        `${ledger.accepted} accepted = ${ledger.delivered} delivered + ${ledger.queued} queued + ${ledger.rejected} rejected + ${ledger.dropped} dropped`,
      ],
      ...(events === undefined
        ? []
        : [['requests so far', `${events.attempts}, ${plural(events.splits, 'payload')} split`]]),
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
