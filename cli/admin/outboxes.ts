/** `spillway outbox list|show|pause|resume|retry|skip|purge|dead-letters|replay`: what an operator does in an outage. */
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../core/alloy/duration.ts';
import { wholeNumber } from './arguments.ts';
import { type AdminClient, AdminError, type AdminRequest } from './client.ts';
import { UsageError } from './connection.ts';
import { deadLetterTable, type OutboxDetailsJson, type OutboxJson, outboxDetails, outboxTable } from './outbox-json.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatBytes, plural } from './table.ts';

interface OutboxOptions extends AdminOptions {
  readonly tenant: string;
}

interface PurgeOptions extends OutboxOptions {
  readonly olderThan?: number;
  readonly yes?: boolean;
}

interface LetterOptions extends OutboxOptions {
  readonly id?: number;
  readonly all?: boolean;
  readonly save?: string;
  readonly clear?: boolean;
}

type Answer = { readonly outbox: OutboxJson };

export function addOutboxCommands(program: Command): void {
  const outbox = program
    .command('outbox')
    .description('what waits for which destination, and what to do about it in an outage');
  addViews(outbox);
  addSwitches(outbox);
  addSkip(outbox);
  addPurge(outbox);
  addDeadLetters(outbox);
}

function addViews(outbox: Command): void {
  const list = outbox.command('list').requiredOption('--tenant <name>', 'the tenant').description('list outboxes');
  adminAction<OutboxOptions>(list, async (client, { tenant }) => {
    const answer = await client.json<{ outboxes: OutboxJson[] }>(`tenants/${encodeURIComponent(tenant)}/outboxes`);
    return { json: answer, text: outboxTable(answer.outboxes, Date.now()) };
  });
  const show = onOne(outbox, 'show', 'show one outbox with its dead letters');
  adminAction<OutboxOptions>(show, async (client, { tenant }, [destination = '']) => {
    const answer = await details(client, tenant, destination);
    return { json: answer, text: outboxDetails(answer, Date.now()) };
  });
}

const SWITCHES = [
  ['pause', 'send nothing to a destination until "resume"; new data queues in its outbox', 'paused until "resume"'],
  ['resume', 'end a pause, by whomever it was, and send at once', 'resumed'],
  ['retry', 'try now instead of when the wait is over', 'trying now'],
] as const;

function addSwitches(outbox: Command): void {
  for (const [name, description, done] of SWITCHES) {
    adminAction<OutboxOptions>(onOne(outbox, name, description), async (client, { tenant }, [destination = '']) => {
      const answer = await client.json<Answer>(path(tenant, destination, `/${name}`), { method: 'POST' });
      const { payloads, bytes, state } = answer.outbox;
      if (name === 'retry' && state === 'held') {
        throw new AdminError(
          `not tried: an operator paused ${destination}; "spillway outbox resume" ends that`,
          0,
          answer,
        );
      }
      const text = `${done}: ${destination}, ${plural(payloads, 'payload')} (${formatBytes(bytes)}) waiting`;
      return { json: answer, text };
    });
  }
}

function addSkip(outbox: Command): void {
  const skip = onOne(outbox, 'skip', 'set the first payload aside, as a dead letter, and try the next one now');
  adminAction<OutboxOptions>(skip, async (client, { tenant }, [destination = '']) => {
    const answer = await client.json<Answer & { payloads: number; items: number }>(path(tenant, destination, '/skip'), {
      method: 'POST',
    });
    const { state, payloads } = answer.outbox;
    if (answer.payloads === 0) {
      const why = state === 'paused' ? 'the destination refuses all alike' : 'no attempt has failed';
      throw new AdminError(`nothing was set aside: ${why}; "spillway outbox show" tells more`, 0, answer);
    }
    const text = `set aside as a dead letter: 1 payload with ${plural(answer.items, 'item')}; still waiting: ${plural(payloads, 'payload')}`;
    return { json: answer, text };
  });
}

function addPurge(outbox: Command): void {
  const purge = onOne(outbox, 'purge', 'throw away what waits: it is lost and counted as dropped')
    .option('--older-than <duration>', 'only what has waited longer, e.g. 6h', duration)
    .option('--yes', 'really do it');
  adminAction<PurgeOptions>(purge, async (client, { tenant, olderThan = 0, yes }, [destination = '']) => {
    if (yes !== true) {
      const found = await details(client, tenant, destination);
      const { payloads, items, bytes } = found;
      if (payloads === 0)
        return { json: { payloads, items, outbox: found }, text: 'nothing waits: nothing to throw away' };
      throw new UsageError(
        `this would throw away ${olderThan > 0 ? 'up to ' : ''}${plural(payloads, 'payload')} (${plural(items, 'item')}, ${formatBytes(bytes)}) for ever; add --yes to do it`,
      );
    }
    // A second into the future: what is committed while the clocks differ a little is meant as well.
    const enqueuedBeforeMs = Date.now() - olderThan + (olderThan === 0 ? 1000 : 0);
    const request: AdminRequest = { method: 'POST', json: { enqueuedBeforeMs } };
    const answer = await client.json<Answer & { payloads: number; items: number }>(
      path(tenant, destination, '/purge'),
      request,
    );
    const text = `dropped ${plural(answer.payloads, 'payload')} with ${plural(answer.items, 'item')}; still waiting: ${plural(answer.outbox.payloads, 'payload')}`;
    return { json: answer, text };
  });
}

function addDeadLetters(outbox: Command): void {
  const letters = onOne(outbox, 'dead-letters', 'what the destination refused for good, and why')
    .option('--id <number>', 'one letter', wholeNumber)
    .option('--save <file>', 'write the bytes of the letter given by --id to a file, as they were sent')
    .option('--clear', 'forget all of them');
  adminAction<LetterOptions>(letters, async (client, { tenant, id, save, clear }, [destination = '']) => {
    if (save !== undefined) return saveLetter(client, tenant, destination, id, save);
    if (clear === true) {
      const answer = await client.json<{ removed: number }>(path(tenant, destination, '/dead-letters'), {
        method: 'DELETE',
      });
      return { json: answer, text: `removed ${plural(answer.removed, 'dead letter')}` };
    }
    const { deadLetterList } = await details(client, tenant, destination);
    const chosen = deadLetterList.filter((letter) => id === undefined || letter.id === id);
    if (id !== undefined && chosen.length === 0) throw noLetter(id);
    const text = chosen.length === 1 ? `${deadLetterTable(chosen)}\n\n${chosen[0]?.detail}` : deadLetterTable(chosen);
    return { json: { deadLetters: chosen }, text };
  });

  const replay = onOne(outbox, 'replay', 'send dead letters again, behind what waits: for when the cause is mended')
    .option('--id <number>', 'one letter', wholeNumber)
    .option('--all', 'all of them');
  adminAction<LetterOptions>(replay, async (client, { tenant, id, all }, [destination = '']) => {
    if ((id === undefined) === (all !== true)) throw new UsageError('say which: --id NUMBER or --all');
    const request: AdminRequest = { method: 'POST', json: id === undefined ? {} : { id } };
    const answer = await client.json<Answer & { replayed: number; kept: number }>(
      path(tenant, destination, '/replay'),
      request,
    );
    if (id !== undefined && answer.replayed + answer.kept === 0) throw noLetter(id);
    const kept = answer.kept > 0 ? `; ${answer.kept} could not be (no bytes kept, or the outbox is full)` : '';
    const what =
      answer.replayed + answer.kept === 0
        ? 'no dead letters'
        : `queued again: ${plural(answer.replayed, 'dead letter')}`;
    return { json: answer, text: `${what}${kept}` };
  });
}

function noLetter(id: number): AdminError {
  return new AdminError(`there is no dead letter ${id}: it was replayed or cleared, or newer ones took its place`);
}

async function saveLetter(
  client: AdminClient,
  tenant: string,
  destination: string,
  id: number | undefined,
  file: string,
) {
  if (id === undefined) throw new UsageError('--save needs --id NUMBER');
  const bytes = await client.bytes(path(tenant, destination, `/dead-letters/${id}`));
  writeFileSync(file, bytes);
  return { json: { file, bytes: bytes.length }, text: `wrote ${bytes.length} bytes to ${file}` };
}

function onOne(outbox: Command, name: string, description: string): Command {
  return outbox
    .command(name)
    .argument('<destination>', 'e.g. prometheus.remote_write.mimir')
    .requiredOption('--tenant <name>', 'the tenant')
    .description(description);
}

function details(client: AdminClient, tenant: string, destination: string): Promise<OutboxDetailsJson> {
  return client.json<OutboxDetailsJson>(path(tenant, destination));
}

function path(tenant: string, destination: string, action = ''): string {
  return `tenants/${encodeURIComponent(tenant)}/outbox${action}?destination=${encodeURIComponent(destination)}`;
}

function duration(text: string): number {
  try {
    const ms = parseDuration(text);
    if (ms > 0) return ms;
  } catch {
    // Said below, in words that fit a command line.
  }
  throw new InvalidArgumentError('a duration is written like 90s, 30m or 6h.');
}
