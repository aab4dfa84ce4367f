/** What the destination refused for good: why, and another try once the cause is mended. */
import { useState } from 'preact/hooks';
import { formatBytes, plural } from '../format/numbers.ts';
import { formatAgo, formatDateTime } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { useAccess } from './access.ts';
import { failureOf } from './admin/act.tsx';
import type { DeadLetterView, OutboxDetailsView } from './api.ts';
import { Confirm } from './confirm.tsx';
import { actOnOutbox, clearDeadLetters, loadDeadLetter } from './load.ts';
import type { Done, OutboxAddress } from './outbox-actions.tsx';
import { countItems } from './state.ts';

interface DeadLettersProps {
  readonly address: OutboxAddress;
  readonly signal: string;
  readonly letters: OutboxDetailsView['deadLetterList'];
  readonly nowMs: number;
  onDone(done: Done): void;
}

export function DeadLetters({ address, signal, letters, nowMs, onDone }: DeadLettersProps) {
  const { tenant, destination } = address;
  const { api, mayChange } = useAccess();
  const [busy, setBusy] = useState(false);
  const [clearing, setClearing] = useState(false);
  const replayable = letters.filter(({ hasBody }) => hasBody).length;

  async function attempt(work: () => Promise<Done>): Promise<void> {
    setBusy(true);
    try {
      onDone(await work());
    } catch (error) {
      onDone({ text: `It was not done: ${failureOf(error, Date.now()).text}`, failed: true });
    }
    setBusy(false);
  }

  async function replay(id?: number): Promise<Done> {
    const json = id === undefined ? {} : { id };
    const answer = await actOnOutbox<{ replayed: number; kept: number }>(api, tenant, destination, 'replay', json);
    const kept = answer.kept > 0 ? ` ${plural(answer.kept, 'letter')} stayed: no bytes, or no room in the outbox.` : '';
    return { text: `Queued again, behind what waits: ${plural(answer.replayed, 'dead letter')}.${kept}` };
  }

  async function save(id: number): Promise<Done> {
    const name = `${destination.replaceAll(/[^\w.-]+/g, '-')}-dead-letter-${id}.bin`;
    offer(await loadDeadLetter(api, tenant, destination, id), name);
    return { text: `Saved as ${name}: the bytes as they were sent, compression included.` };
  }

  async function clear(): Promise<void> {
    const { removed } = await clearDeadLetters(api, tenant, destination);
    onDone({ text: `Forgotten: ${plural(removed, 'dead letter')}.` });
  }

  return (
    <section class="card" aria-labelledby="dead-letters-title">
      <div class="card-head">
        <h2 id="dead-letters-title">Dead letters</h2>
        {mayChange && letters.length > 0 && (
          <span class="actions">
            <button
              type="button"
              class="quiet"
              disabled={busy || replayable === 0}
              onClick={() => attempt(() => replay())}
            >
              Replay all
            </button>
            <button type="button" class="quiet danger-quiet" disabled={busy} onClick={() => setClearing(true)}>
              Clear…
            </button>
          </span>
        )}
      </div>
      {letters.length === 0 ? (
        <p class="empty">None. What the destination refuses for good is kept here with its reason, the newest 100.</p>
      ) : (
        <ul class="rows">
          {letters.map((letter) => (
            <Letter
              key={letter.id}
              letter={letter}
              signal={signal}
              nowMs={nowMs}
              busy={busy}
              onReplay={mayChange ? () => attempt(() => replay(letter.id)) : undefined}
              onSave={() => attempt(() => save(letter.id))}
            />
          ))}
        </ul>
      )}
      {clearing && (
        <Confirm
          title="Forget all dead letters?"
          action="Clear"
          oath={`Yes, forget ${plural(letters.length, 'dead letter')}`}
          onConfirm={clear}
          onClose={() => setClearing(false)}
        >
          <p>
            <strong>
              {plural(letters.length, 'payload')} that <bdi class="mono">{destination}</bdi> refused
            </strong>
            , with their reasons and bytes. They can not be replayed or looked at any more. They are counted as rejected
            already.
          </p>
        </Confirm>
      )}
    </section>
  );
}

interface LetterProps {
  readonly letter: DeadLetterView;
  readonly signal: string;
  readonly nowMs: number;
  readonly busy: boolean;
  readonly onReplay: (() => void) | undefined;
  onSave(): void;
}

function Letter({ letter, signal, nowMs, busy, onReplay, onSave }: LetterProps) {
  const { id, atMs, reason, detail, items, bytes, hasBody } = letter;
  return (
    <li class="row letter" data-letter={id}>
      <span class="row-main">
        <span>
          <span class="muted">#{id}</span> <code class="row-title">{reason}</code>
        </span>
        <bdi class="verbatim">{visibleText(detail)}</bdi>
        <span class="row-detail">
          {countItems(signal, items)}, {formatBytes(bytes)},{' '}
          <time title={formatDateTime(atMs)}>{formatAgo(atMs, nowMs)}</time>
          {hasBody ? '' : ' · too large, so the bytes were not kept'}
        </span>
      </span>
      {hasBody && (
        <span class="actions">
          {onReplay && (
            <button
              type="button"
              class="quiet"
              disabled={busy}
              aria-label={`Replay dead letter ${id}`}
              onClick={onReplay}
            >
              Replay
            </button>
          )}
          <button
            type="button"
            class="quiet"
            disabled={busy}
            aria-label={`Save the bytes of dead letter ${id}`}
            onClick={onSave}
          >
            Save bytes
          </button>
        </span>
      )}
    </li>
  );
}

function offer(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
