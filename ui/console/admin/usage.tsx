/** What a tenant sent on each of the last days: a picture for each signal, and the numbers below. */
import { useState } from 'preact/hooks';
import { formatBytes, formatExact, formatShort } from '../../format/numbers.ts';
import { BarChart } from '../../parts/bar-chart.tsx';
import { BYTE_STEPS } from '../../parts/plot.ts';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import type { SignalName } from '../api.ts';
import { itemWord, SIGNAL_NAMES } from '../state.ts';
import { tenantPath } from './client.ts';
import { Loaded } from './loaded.tsx';
import { titleOf } from './sections.tsx';
import type { UsageDayView, UsageView } from './types.ts';
import { barsOf, dayOfNumber, totalOf } from './usage-days.ts';

const POLL_MS = 30_000;
const SPANS_DAYS = [7, 30, 90, 365];

type Measure = 'receivedBytes' | 'accepted';

export function Usage({ tenant }: { tenant: string }) {
  const { api } = useAccess();
  const [days, setDays] = useState(30);
  const [measure, setMeasure] = useState<Measure>('receivedBytes');
  const path = `${tenantPath(tenant)}/usage?days=${days}`;
  const polled = usePoll(path, POLL_MS, false, (signal) => api.get<UsageView>(path, signal));
  return (
    <>
      <div class="toolbar">
        <Choices<Measure>
          label="What"
          choices={[
            ['receivedBytes', 'Bytes'],
            ['accepted', 'Items'],
          ]}
          chosen={measure}
          onChoose={setMeasure}
        />
        <Choices<number>
          label="How long"
          choices={SPANS_DAYS.map((span) => [span, span === 365 ? '1 year' : `${span} days`])}
          chosen={days}
          onChoose={setDays}
        />
      </div>
      <Loaded polled={polled}>
        {(usage) => (
          <>
            <section class="signals" aria-label="By signal">
              {SIGNAL_NAMES.map((name) => (
                <SignalUsage key={name} name={name} usage={usage} days={days} measure={measure} />
              ))}
            </section>
            <Days usage={usage} />
          </>
        )}
      </Loaded>
    </>
  );
}

interface ChoicesProps<T> {
  readonly label: string;
  readonly choices: readonly (readonly [value: T, text: string])[];
  readonly chosen: T;
  onChoose(value: T): void;
}

function Choices<T extends string | number>({ label, choices, chosen, onChoose }: ChoicesProps<T>) {
  return (
    <fieldset class="actions choices" aria-label={label}>
      {choices.map(([value, text]) => (
        <button
          type="button"
          key={value}
          class="quiet choice"
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}

interface SignalUsageProps {
  readonly name: SignalName;
  readonly usage: UsageView;
  readonly days: number;
  readonly measure: Measure;
}

function SignalUsage({ name, usage, days, measure }: SignalUsageProps) {
  const total = totalOf(usage.days, name);
  const isBytes = measure === 'receivedBytes';
  const format = isBytes ? formatBytes : formatShort;
  return (
    <article class={`card signal signal-${name}`}>
      <h2>{titleOf(name)}</h2>
      <p class="figure">
        <span class="figure-number" data-usage={name}>
          {format(total[measure])}
        </span>{' '}
        <span class="figure-unit">{isBytes ? '' : itemWord(name, 2)}</span>
      </p>
      <BarChart
        bars={barsOf(usage.days, name, measure, days, Date.now())}
        color={`--${name}`}
        label={`${name}, ${isBytes ? 'received bytes' : `accepted ${itemWord(name, 2)}`} per day`}
        format={format}
        {...(isBytes && { steps: BYTE_STEPS })}
        formatX={(number) => dayOfNumber(number).slice(5)}
      />
      <dl class="totals">
        {[
          [isBytes ? 'accepted' : 'received', isBytes ? formatShort(total.accepted) : formatBytes(total.receivedBytes)],
          ['dropped by rules', formatShort(total.dropped)],
        ].map(([term, value]) => (
          <div key={term} class="total">
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div class={total.rejected > 0 ? 'total total-bad' : 'total'}>
          <dt>rejected</dt>
          <dd>{formatShort(total.rejected)}</dd>
        </div>
      </dl>
    </article>
  );
}

function Days({ usage }: { usage: UsageView }) {
  return (
    <section class="card" aria-labelledby="days-title">
      <h2 id="days-title">By day, in UTC</h2>
      {usage.days.length === 0 ? (
        <p class="empty">Nothing was pushed in these days.</p>
      ) : (
        <table class="table table-numbers">
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Signal</th>
              <th scope="col">Received</th>
              <th scope="col">Accepted</th>
              <th scope="col">Delivered</th>
              <th scope="col">Dropped</th>
              <th scope="col">Rejected</th>
              <th scope="col">Pushes</th>
            </tr>
          </thead>
          <tbody>{usage.days.flatMap(rowsOf)}</tbody>
        </table>
      )}
      <p class="muted small below">
        Bytes as they came, compressed. What goes to two destinations is delivered twice; what an outbox delivers counts
        when it does.
      </p>
    </section>
  );
}

function rowsOf({ day, signals }: UsageDayView) {
  return SIGNAL_NAMES.filter((name) => signals[name] !== undefined).map((name) => {
    const used = signals[name]!;
    return (
      <tr key={`${day} ${name}`}>
        <td>{day}</td>
        <td data-label="Signal">
          <span class={`signal-dot signal-${name}`}>{name}</span>
        </td>
        <td data-label="Received">{formatBytes(used.receivedBytes)}</td>
        <td data-label="Accepted">{formatExact(used.accepted)}</td>
        <td data-label="Delivered">{formatExact(used.delivered)}</td>
        <td data-label="Dropped">{formatExact(used.dropped)}</td>
        <td data-label="Rejected" class={used.rejected > 0 ? 'problem' : ''}>
          {formatExact(used.rejected)}
        </td>
        <td data-label="Pushes">{formatExact(used.pushes)}</td>
      </tr>
    );
  });
}
