/** One outbox, for someone who was woken by it: what is the matter, what to do, and the means to do it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatBytes, formatExact, plural } from '../format/numbers.ts';
import { formatAgo, formatDateTime, formatDuration } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { HttpError } from '../parts/http.ts';
import { usePoll } from '../parts/poll.ts';
import { LevelIcon } from '../parts/state-mark.tsx';
import { useAccess } from './access.ts';
import type { OutboxView } from './api.ts';
import { DeadLetters } from './dead-letters.tsx';
import { loadOutbox } from './load.ts';
import { type Done, OutboxActions } from './outbox-actions.tsx';
import { nextTry, outboxAdvice } from './outbox-advice.ts';
import { OutboxChart } from './outbox-chart.tsx';
import { placeHref } from './place.ts';
import { backlogAgeMs, countItems, itemWord, outboxState } from './state.ts';

/** History and dead letters are rows that are read, and a day's reading has a price; the state comes with the overview. */
const POLL_MS = 15_000;
const SETTLED_MS = 600;

interface OutboxPageProps {
  readonly tenant: string;
  readonly destination: string;
  /** Its newest state; undefined where the tenant has no such outbox. */
  readonly outbox: OutboxView | undefined;
  readonly nowMs: number;
  /** Something was done: the state is another. */
  onChanged(): void;
}

export function OutboxPage({ tenant, destination, outbox: newest, nowMs, onChanged }: OutboxPageProps) {
  const { api, mayChange } = useAccess();
  const [done, setDone] = useState<Done>();
  // New dead letters are asked for at once.
  const key = `outbox ${tenant} ${destination} ${newest?.deadLetters} ${newest?.events?.deadLetters}`;
  const polled = usePoll(key, POLL_MS, false, (signal) => loadOutbox(api, tenant, destination, signal));
  const details = polled.data;
  const outbox = newest ?? details;
  const address = { tenant, destination };
  const unknown = polled.error instanceof HttpError && polled.error.status === 404;

  function onDone(what: Done): void {
    setDone(what);
    onChanged();
    polled.refresh();
    // What an action sets going takes a moment; people look at once.
    setTimeout(onChanged, SETTLED_MS);
  }

  return (
    <>
      <nav class="way-back" aria-label="Way back">
        <a href={placeHref({ tenant })}>
          ← All of <bdi>{tenant}</bdi>
        </a>
      </nav>
      {outbox === undefined ? (
        <section class="card empty-state">
          <h1 class="mono">{destination}</h1>
          <p class="empty">
            {unknown
              ? 'There is no outbox of this name: the pipeline does not name it, and nothing waits for it.'
              : polled.error
                ? `It cannot be shown: ${polled.error.message}.`
                : 'Asking the gateway…'}
          </p>
        </section>
      ) : (
        <>
          <Headline outbox={outbox} destination={destination} nowMs={nowMs} />
          <section class="card outbox-now" aria-label="Now">
            {outboxAdvice(outbox, nowMs).map(({ means, todo }) => (
              <p key={means} class="advice">
                {means} <strong>{todo}</strong>
              </p>
            ))}
            {mayChange && <OutboxActions address={address} outbox={outbox} nowMs={nowMs} onDone={onDone} />}
            <p class={done?.failed ? 'done problem' : 'done'} role="status">
              {done?.text}
            </p>
            <Facts outbox={outbox} nowMs={nowMs} />
            <LatestError outbox={outbox} nowMs={nowMs} />
          </section>
          {details && <OutboxChart outbox={outbox} history={details.history ?? []} nowMs={nowMs} />}
          {details && (
            <DeadLetters
              address={address}
              signal={outbox.signal}
              letters={details.deadLetterList}
              nowMs={nowMs}
              onDone={onDone}
            />
          )}
          <Ledger outbox={outbox} />
        </>
      )}
    </>
  );
}

function Headline({ outbox, destination, nowMs }: { outbox: OutboxView; destination: string; nowMs: number }) {
  const { level, text } = outboxState(outbox);
  const ageMs = backlogAgeMs(outbox, nowMs);
  const waits =
    outbox.payloads > 0 ? `${countItems(outbox.signal, outbox.items)} waiting, oldest ${formatDuration(ageMs)}` : '';
  return (
    <section class={`headline headline-${level}`} aria-live="polite">
      <LevelIcon level={level} />
      <div>
        <h1>
          <bdi>{destination}</bdi>: <span data-outbox-state={outbox.state}>{text}</span>
        </h1>
        <p class="muted">
          Outbox for {outbox.signal}
          {waits === '' ? '' : ` · ${waits}`}
        </p>
      </div>
    </section>
  );
}

function Facts({ outbox, nowMs }: { outbox: OutboxView; nowMs: number }) {
  const { payloads, bytes, maxBytes, items, attempts, oldestAtMs, signal, state, events } = outbox;
  const waiting = payloads > 0;
  return (
    <dl class="facts">
      <Fact name="Waiting">
        <strong data-waiting={outbox.destination}>{formatExact(items)}</strong> {itemWord(signal, items)}
        <span class="fact-more">in {plural(payloads, 'payload')}</span>
      </Fact>
      <Fact name="Bytes">
        <strong>{formatBytes(bytes)}</strong>
        {maxBytes !== undefined && (
          <>
            <meter
              min={0}
              max={maxBytes}
              high={0.8 * maxBytes}
              optimum={0}
              value={bytes}
              aria-label="share of the quota"
            />
            <span class="fact-more">
              {percent(bytes, maxBytes)} of {formatBytes(maxBytes)}
            </span>
          </>
        )}
      </Fact>
      <Fact name="Oldest">
        <strong>{waiting ? formatDuration(backlogAgeMs(outbox, nowMs)) : '–'}</strong>
        {waiting && oldestAtMs && <span class="fact-more">since {formatDateTime(oldestAtMs)}</span>}
      </Fact>
      <Fact name="Next try">
        <strong>{!waiting ? '–' : state === 'held' ? 'when resumed' : nextTry(outbox, nowMs)}</strong>
        <span class="fact-more">{attempts > 0 ? `${plural(attempts, 'failure')} in a row` : 'no failure'}</span>
      </Fact>
      {events && (
        <Fact name="Requests so far">
          <strong>{formatExact(events.attempts)}</strong>
          <span class="fact-more">{plural(events.splits, 'payload')} split</span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  return share > 0 && share < 1 ? 'under 1 %' : `${Math.floor(share)} %`;
}

/** Verbatim: the destination's own words are what one searches for. */
function LatestError({ outbox, nowMs }: { outbox: OutboxView; nowMs: number }) {
  const error = outbox.lastError ?? outbox.pastError;
  if (!error) return null;
  return (
    <div class={outbox.lastError ? 'latest-error latest-error-now' : 'latest-error'}>
      <h3>{outbox.lastError ? 'Error now' : 'Last error, over'}</h3>
      <p>
        <code>{error.reason}</code>
        {error.status ? ` · HTTP ${error.status}` : ''} ·{' '}
        <time title={formatDateTime(error.atMs)}>{formatAgo(error.atMs, nowMs)}</time>
      </p>
      <p class="verbatim">
        <bdi>{visibleText(error.detail)}</bdi>
      </p>
    </div>
  );
}

function Ledger({ outbox: { ledger, signal } }: { outbox: OutboxView }) {
  if (ledger === undefined) return null;
  const parts = [
    ['delivered', ledger.delivered],
    ['waiting', ledger.queued],
    ['rejected', ledger.rejected],
    ['dropped', ledger.dropped],
  ] as const;
  return (
    <section class="card" aria-labelledby="ledger-title">
      <h2 id="ledger-title">What became of what was queued here</h2>
      <dl class="ledger">
        <div class="fact">
          <dt>taken in</dt>
          <dd>
            <strong data-ledger="accepted">{formatExact(ledger.accepted)}</strong>
          </dd>
        </div>
        {parts.map(([name, count], index) => (
          <div key={name} class={(name === 'rejected' || name === 'dropped') && count > 0 ? 'fact fact-bad' : 'fact'}>
            <dt>
              <span class="ledger-sign">{index === 0 ? '=' : '+'}</span> {name}
            </dt>
            <dd>
              <strong data-ledger={name}>{formatExact(count)}</strong>
            </dd>
          </div>
        ))}
      </dl>
      <p class="muted small">
        In {itemWord(signal, 2)}, since the outbox exists. What was delivered inside a push never came here.
      </p>
    </section>
  );
}
