/** What a text would do with what really arrives, beside what the pipeline does now. */
import { useEffect, useState } from 'preact/hooks';
import { formatExact, plural } from '../../format/numbers.ts';
import { visibleText } from '../../format/visible.ts';
import { StateMark } from '../../parts/state-mark.tsx';
import type { DestinationChangeView, DryRunView, LostView } from '../admin/types.ts';
import { countItems, SIGNAL_NAMES } from '../state.ts';
import { changeOf, sampleText } from './dry-run-text.ts';

export const DRY_RUN_SECONDS = 10;

export function DryRun({ running, result }: { running: boolean; result: DryRunView | undefined }) {
  if (result === undefined) return running ? <Looking /> : null;
  const { destinations, dropped, rejected } = result;
  return (
    <section class="card dry-run" aria-labelledby="dry-run-title" data-dry-run>
      <h2 id="dry-run-title">On live traffic</h2>
      <p>{sampleText(result)}</p>
      {SIGNAL_NAMES.some((name) => (result.sample.items[name] ?? 0) > 0) && (
        <>
          <ul class="rows">
            {destinations.map((destination) => (
              <Destination key={`${destination.destination} ${destination.signal}`} change={destination} />
            ))}
          </ul>
          <Lost title="Dropped by rules" lost={dropped} />
          <Lost title="Rejected" lost={rejected} />
        </>
      )}
    </section>
  );
}

/** Checks take no time that one sees; this does. */
function Looking() {
  const [shows, setShows] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShows(true), 700);
    return () => clearTimeout(timer);
  }, []);
  if (!shows) return null;
  return (
    <section class="card" role="status">
      <p class="empty">
        Looking at what arrives for {DRY_RUN_SECONDS} s, and running both texts on it. Nothing is sent.
      </p>
      <progress aria-label="Looking at live traffic" />
    </section>
  );
}

function Destination({ change }: { change: DestinationChangeView }) {
  const { destination, signal, current, candidate, examples } = change;
  const { level, text } = changeOf(change);
  return (
    <li class="dry-destination">
      <div class="row">
        <span class="row-main">
          <bdi class="row-title">{visibleText(destination)}</bdi>
          <span class="row-detail">
            now {countItems(signal, current.items)}, {formatExact(current.different)} different; then{' '}
            {countItems(signal, candidate.items)}, {formatExact(candidate.different)} different
          </span>
        </span>
        <StateMark level={level} text={text} />
      </div>
      {examples.length > 0 && (
        <details>
          <summary>{plural(examples.length, 'example')}</summary>
          {examples.map((example, index) => (
            <dl key={index} class="example">
              {example.input !== undefined && <Form name="in" text={example.input} />}
              <Form name="now" text={example.current} />
              <Form name="then" text={example.candidate} />
            </dl>
          ))}
        </details>
      )}
    </li>
  );
}

function Form({ name, text }: { name: string; text: string | null }) {
  return (
    <div class={`example-${name}`}>
      <dt>{name}</dt>
      <dd>
        {text === null ? <span class="muted">does not get there</span> : <bdi class="mono">{visibleText(text)}</bdi>}
      </dd>
    </div>
  );
}

function Lost({ title, lost }: { title: string; lost: readonly LostView[] }) {
  if (lost.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <table class="table table-numbers table-pair">
        <thead>
          <tr>
            <th scope="col">Where and why</th>
            <th scope="col">Now</th>
            <th scope="col">Then</th>
          </tr>
        </thead>
        <tbody>
          {lost.map(({ signal, component, reason, current, candidate }) => (
            <tr key={`${signal} ${component} ${reason}`}>
              <td>
                <bdi class="mono">{visibleText(component === '' ? signal : component)}</bdi> <code>{reason}</code>
              </td>
              <td data-label="Now">{countItems(signal, current)}</td>
              <td data-label="Then" class={candidate > current ? 'problem' : ''}>
                {countItems(signal, candidate)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
