/** What an operator does to an outbox: pause, resume, retry now, skip the first, purge. Each says what it did, or why it did not. */
import { useState } from 'preact/hooks';
import { formatBytes, plural } from '../format/numbers.ts';
import { formatDateTime, formatDuration, HOUR_MS } from '../format/time.ts';
import { useAccess } from './access.ts';
import { failureOf } from './admin/act.tsx';
import type { OutboxView } from './api.ts';
import { Confirm } from './confirm.tsx';
import { actOnOutbox } from './load.ts';
import { backlogAgeMs, countItems } from './state.ts';

export interface OutboxAddress {
  readonly tenant: string;
  readonly destination: string;
}

/** What was done last, for the line below the buttons. */
export interface Done {
  readonly text: string;
  readonly failed?: boolean;
}

interface ActionsProps {
  readonly address: OutboxAddress;
  readonly outbox: OutboxView;
  /** The gateway's clock. */
  readonly nowMs: number;
  onDone(done: Done): void;
}

export function OutboxActions({ address, outbox, nowMs, onDone }: ActionsProps) {
  const { tenant, destination } = address;
  const { api } = useAccess();
  const [busy, setBusy] = useState(false);
  const [purging, setPurging] = useState(false);
  const held = outbox.state === 'held';
  const waiting = outbox.payloads > 0;
  const failing = waiting && outbox.attempts > 0 && outbox.state !== 'paused';

  async function skip(): Promise<string> {
    const { payloads, items } = await actOnOutbox<{ payloads: number; items: number }>(
      api,
      tenant,
      destination,
      'skip',
    );
    return payloads === 0
      ? 'Nothing was set aside: no attempt has failed.'
      : `Set aside as a dead letter: the first payload, with ${countItems(outbox.signal, items)}. The next one is tried now.`;
  }

  async function act(action: string, text: string): Promise<void> {
    return run(async () => {
      await actOnOutbox(api, tenant, destination, action);
      return text;
    });
  }

  async function run(action: () => Promise<string>): Promise<void> {
    setBusy(true);
    try {
      onDone({ text: await action() });
    } catch (error) {
      onDone({ text: `It was not done: ${failureOf(error, Date.now()).text}`, failed: true });
    }
    setBusy(false);
  }

  return (
    <div class="actions">
      <button
        type="button"
        class={held ? 'primary' : 'quiet'}
        disabled={busy}
        onClick={() =>
          held
            ? act('resume', 'Resumed: what waits is tried now.')
            : act('pause', 'Paused: nothing is sent until someone resumes it, and new data queues here.')
        }
      >
        {held ? 'Resume' : 'Pause'}
      </button>
      <button
        type="button"
        class="quiet"
        disabled={busy || held || !waiting}
        onClick={() => act('retry', 'It is tried now.')}
      >
        Retry now
      </button>
      <button
        type="button"
        class="quiet"
        title="For a payload that the destination fails on: it becomes a dead letter, and what is behind it is sent."
        disabled={busy || held || !failing}
        onClick={() => run(skip)}
      >
        Skip first
      </button>
      <button type="button" class="quiet danger-quiet" disabled={busy || !waiting} onClick={() => setPurging(true)}>
        Purge…
      </button>
      {purging && (
        <Purge address={address} outbox={outbox} nowMs={nowMs} onDone={onDone} onClose={() => setPurging(false)} />
      )}
    </div>
  );
}

const AGES_MS = [0, HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS, 3 * 24 * HOUR_MS];
/** What is committed while the clocks differ a little is meant as well. */
const CLOCK_MARGIN_MS = 1000;

function Purge({ address, outbox, nowMs, onDone, onClose }: ActionsProps & { onClose(): void }) {
  const { tenant, destination } = address;
  const { api } = useAccess();
  const [olderMs, setOlderMs] = useState(0);
  const oldestMs = backlogAgeMs(outbox, nowMs);
  const all = countItems(outbox.signal, outbox.items);

  async function purge(): Promise<void> {
    const enqueuedBeforeMs = Math.round(nowMs - olderMs + (olderMs === 0 ? CLOCK_MARGIN_MS : 0));
    const gone = await actOnOutbox<{ payloads: number; items: number }>(api, tenant, destination, 'purge', {
      enqueuedBeforeMs,
    });
    onDone({ text: `Thrown away: ${plural(gone.payloads, 'payload')} with ${countItems(outbox.signal, gone.items)}.` });
  }

  return (
    <Confirm
      title="Throw away what waits?"
      action="Purge"
      oath={
        olderMs === 0 ? (
          <>
            Yes, lose {all} for <bdi>{destination}</bdi>
          </>
        ) : (
          <>
            Yes, lose what is older than {formatDuration(olderMs)} for <bdi>{destination}</bdi>
          </>
        )
      }
      onConfirm={purge}
      onClose={onClose}
    >
      <p>
        <strong>
          {all} in {plural(outbox.payloads, 'payload')} ({formatBytes(outbox.bytes)})
        </strong>{' '}
        wait for <bdi class="mono">{destination}</bdi> of tenant <bdi>{tenant}</bdi>, the oldest since{' '}
        {formatDateTime(nowMs - oldestMs)}. What is purged never arrives, nobody can bring it back, and it is counted as
        dropped.
      </p>
      <label class="confirm-choice">
        <span>What</span>
        <select value={olderMs} onChange={(event) => setOlderMs(Number(event.currentTarget.value))}>
          {AGES_MS.filter((ageMs) => ageMs < Math.max(1, oldestMs)).map((ageMs) => (
            <option key={ageMs} value={ageMs}>
              {ageMs === 0 ? 'all that waits' : `only what has waited for more than ${formatDuration(ageMs)}`}
            </option>
          ))}
        </select>
      </label>
    </Confirm>
  );
}
