/** Each destination with its outbox: what waits, for how long, and why. The one to look at comes first. */
import { formatBytes, formatExact, plural } from '../format/numbers.ts';
import { formatAgo, formatDateTime, formatDuration } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import type { OutboxView, TenantView } from './api.ts';
import type { BacklogHistory } from './backlog-history.ts';
import { placeHref } from './place.ts';
import { backlogAgeMs, itemWord, outboxState, sortOutboxes } from './state.ts';

interface DestinationsProps {
  readonly tenant: TenantView;
  readonly nowMs: number;
  readonly backlog: BacklogHistory;
}

export function Destinations({ tenant, nowMs, backlog }: DestinationsProps) {
  const urgent = tenant.outboxes.some((outbox) => outboxState(outbox).level !== 'ok');
  return (
    <section class={urgent ? 'card destinations-urgent' : 'card'}>
      <h2>Destinations</h2>
      {tenant.outboxes.length === 0 ? (
        <p class="empty">
          The pipeline of this tenant writes nowhere yet.{' '}
          <a href={placeHref({ tenant: tenant.name, section: 'pipeline' })}>To the pipeline</a>.
        </p>
      ) : (
        <ul class="rows">
          {sortOutboxes(tenant.outboxes, nowMs).map((outbox) => (
            <Destination
              key={`${outbox.destination} ${outbox.signal}`}
              tenant={tenant.name}
              outbox={outbox}
              nowMs={nowMs}
              history={backlog.of(tenant.name, outbox.destination, outbox.signal)}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface DestinationProps {
  readonly tenant: string;
  readonly outbox: OutboxView;
  readonly nowMs: number;
  readonly history: readonly (readonly [number, number])[];
}

function Destination({ tenant, outbox, nowMs, history }: DestinationProps) {
  const state = outboxState(outbox);
  const waiting = outbox.payloads > 0;
  return (
    <li class={`row destination destination-${state.level}`} data-destination={outbox.destination}>
      <span class="row-main">
        <a class="row-title" href={placeHref({ tenant, outbox: outbox.destination })}>
          <bdi>{outbox.destination}</bdi>
        </a>
        <span class="row-detail">
          {outbox.signal}
          {outbox.deadLetters > 0 && (
            <span class="dead-letters"> · {plural(outbox.deadLetters, 'payload')} refused for good</span>
          )}
        </span>
        {(waiting || state.level === 'trouble') && <LastError outbox={outbox} nowMs={nowMs} />}
      </span>
      <Sparkline points={history} label={`items waiting for ${outbox.destination} over the last minutes`} />
      <span class="depth">
        <span class={waiting ? 'depth-items' : 'row-detail'}>
          <strong data-waiting={outbox.destination}>{formatExact(outbox.items)}</strong>{' '}
          {itemWord(outbox.signal, outbox.items)} waiting
        </span>
        {waiting && (
          <span class="row-detail">
            {plural(outbox.payloads, 'payload')}, {formatBytes(outbox.bytes)}, oldest{' '}
            {formatDuration(backlogAgeMs(outbox, nowMs))}
          </span>
        )}
      </span>
      <span class="row-side">
        <StateMark level={state.level} text={state.text} />
        {waiting && <NextAttempt outbox={outbox} nowMs={nowMs} />}
      </span>
    </li>
  );
}

function LastError({ outbox, nowMs }: { outbox: OutboxView; nowMs: number }) {
  const error = outbox.lastError;
  if (!error) return null;
  return (
    <span class="row-detail row-text" title={formatDateTime(error.atMs)}>
      {error.status ? `HTTP ${error.status}, ` : ''}
      {error.reason}
      {error.detail ? ': ' : ''}
      <bdi>{visibleText(error.detail)}</bdi>, {formatAgo(error.atMs, nowMs)}
    </span>
  );
}

function NextAttempt({ outbox, nowMs }: { outbox: OutboxView; nowMs: number }) {
  const inMs = outbox.nextAttemptAtMs ? outbox.nextAttemptAtMs - nowMs : 0;
  const tried = outbox.attempts > 0 ? `tried ${plural(outbox.attempts, 'time')}` : '';
  const next = inMs > 1000 ? `next try in ${formatDuration(inMs)}` : '';
  return <span class="row-detail">{[tried, next].filter((part) => part !== '').join(', ')}</span>;
}
