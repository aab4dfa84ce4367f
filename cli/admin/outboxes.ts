/** `spillway outbox list|show` */
import type { Command } from 'commander';
import { type AdminOptions, adminAction } from './run.ts';
import { formatAge, formatBytes, formatTable, formatTime, printable } from './table.ts';

interface OutboxOptions extends AdminOptions {
  readonly tenant: string;
}

interface OutboxJson {
  readonly destination: string;
  readonly signal: string;
  readonly state: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  readonly oldestAtMs: number | null;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
  readonly lastError: { readonly atMs: number; readonly reason: string; readonly detail: string } | null;
  readonly deadLetters: number;
  readonly ledger: Readonly<Record<'accepted' | 'queued' | 'delivered' | 'rejected' | 'dropped', number>>;
}

interface DeadLetterJson {
  readonly atMs: number;
  readonly reason: string;
  readonly detail: string;
  readonly items: number;
  readonly bytes: number;
}

export function addOutboxCommands(program: Command): void {
  const outbox = program.command('outbox').description("show a tenant's outboxes: what waits for which destination");

  const list = outbox.command('list').requiredOption('--tenant <name>', 'the tenant').description('list outboxes');
  adminAction<OutboxOptions>(list, async (client, { tenant }) => {
    const answer = await client.json<{ outboxes: OutboxJson[] }>(`tenants/${encodeURIComponent(tenant)}/outboxes`);
    const headers = [
      'DESTINATION',
      'SIGNAL',
      'STATE',
      'PAYLOADS',
      'BYTES',
      'ITEMS',
      'OLDEST',
      'DEAD LETTERS',
      'LAST ERROR',
    ];
    const rows = answer.outboxes.map((found) => [
      found.destination,
      found.signal,
      found.state,
      String(found.payloads),
      formatBytes(found.bytes),
      String(found.items),
      formatAge(found.oldestAtMs, Date.now()),
      String(found.deadLetters),
      found.lastError === null ? '-' : `${found.lastError.reason} at ${formatTime(found.lastError.atMs)}`,
    ]);
    const none = 'no destinations: the tenant has no pipeline yet';
    return { json: answer, text: rows.length === 0 ? none : formatTable(headers, rows) };
  });

  const show = outbox
    .command('show')
    .argument('<destination>', 'e.g. prometheus.remote_write.mimir')
    .requiredOption('--tenant <name>', 'the tenant')
    .description('show one outbox with its dead letters');
  adminAction<OutboxOptions>(show, async (client, { tenant }, [destination = '']) => {
    const path = `tenants/${encodeURIComponent(tenant)}/outbox?destination=${encodeURIComponent(destination)}`;
    const answer = await client.json<OutboxJson & { deadLetterList: DeadLetterJson[] }>(path);
    return { json: answer, text: details(answer, answer.deadLetterList, Date.now()) };
  });
}

function details(found: OutboxJson, letters: readonly DeadLetterJson[], nowMs: number): string {
  const { ledger, lastError } = found;
  const facts = formatTable(
    ['DESTINATION', found.destination],
    [
      ['signal', found.signal],
      ['state', found.state],
      ['waiting', `${found.payloads} payloads, ${formatBytes(found.bytes)}, ${found.items} items`],
      ['oldest', formatAge(found.oldestAtMs, nowMs)],
      ['attempts', String(found.attempts)],
      ['next attempt', formatTime(found.nextAttemptAtMs)],
      [
        'last error',
        lastError === null ? '-' : `${formatTime(lastError.atMs)} ${lastError.reason}: ${lastError.detail}`,
      ],
      [
        'items so far',
        `${ledger.accepted} accepted = ${ledger.delivered} delivered + ${ledger.queued} queued + ${ledger.rejected} rejected + ${ledger.dropped} dropped`,
      ],
    ],
  );
  if (letters.length === 0) return `${facts}\n\nno dead letters`;
  const rows = letters.map(({ atMs, reason, items, bytes, detail }) => [
    formatTime(atMs),
    reason,
    String(items),
    formatBytes(bytes),
    printable(detail).slice(0, 120),
  ]);
  return `${facts}\n\n${formatTable(['REFUSED AT', 'REASON', 'ITEMS', 'BYTES', 'DETAIL'], rows)}`;
}
