/** What passes a component, as it passes: a share of it, filtered, and as much of it as a person can read. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatExact } from '../format/numbers.ts';
import { formatClock } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { debugStreamPath } from './load.ts';
import { readStream } from './stream.ts';

const MAX_KEPT = 500;
const SHARES = [1, 0.5, 0.1, 0.01, 0.001];
/** Bursts are shown together: one draw for each would freeze the page. */
const DRAW_MS = 200;

interface Event {
  readonly number: number;
  readonly atMs: number;
  readonly text: string;
}

export function DebugPanel({ id }: { id: string }) {
  const [on, setOn] = useState(false);
  const [share, setShare] = useState(1);
  const [search, setSearch] = useState('');
  const { events, seen, problem, clear } = useEvents(id, on, share);
  const shown = search === '' ? events : events.filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()));
  const waiting = on && events.length === 0 && problem === '';
  return (
    <section class="card debug" aria-label="Live debugging">
      <div class="list-head">
        <h2>Live debugging</h2>
        <button type="button" class="quiet" aria-pressed={on} onClick={() => setOn(!on)}>
          {on ? 'Pause' : events.length > 0 ? 'Resume' : 'Start'}
        </button>
        <label class="share">
          Show
          <select value={String(share)} onChange={(event) => setShare(Number(event.currentTarget.value))}>
            {SHARES.map((value) => (
              <option key={value} value={String(value)}>
                {value === 1 ? 'all' : `${value * 100} %`}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="quiet" disabled={events.length === 0} onClick={clear}>
          Clear
        </button>
        <span class="muted small" aria-live="polite">
          {seen === 0 ? '' : search === '' ? `${formatExact(seen)} seen` : `${formatExact(shown.length)} match`}
          {seen > events.length && events.length > 0 ? `, the newest ${formatExact(events.length)} kept` : ''}
        </span>
        <input
          type="search"
          aria-label="Filter events"
          placeholder="filter"
          spellcheck={false}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      {problem !== '' && (
        <p class="problem" role="alert">
          {visibleText(problem)}
        </p>
      )}
      {!on && events.length === 0 && problem === '' && (
        <p class="empty">Start to see single samples, lines or spans as they pass this component, newest first.</p>
      )}
      {waiting && <p class="empty">Waiting for something to pass…</p>}
      {shown.length > 0 && (
        <ol class="events">
          {shown.map((event) => (
            <li key={event.number} class="event">
              <span class="event-time">{formatClock(event.atMs)}</span>
              <bdi class="event-text">{visibleText(event.text)}</bdi>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Newest first. What came before a pause stays. */
function useEvents(id: string, on: boolean, share: number) {
  const [state, setState] = useState<{ events: readonly Event[]; seen: number }>({ events: [], seen: 0 });
  const [problem, setProblem] = useState('');
  const arrived = useRef<Event[]>([]);
  const count = useRef(0);

  useEffect(() => {
    if (!on) return;
    const ended = new AbortController();
    setProblem('');
    const draw = setInterval(() => {
      if (arrived.current.length === 0) return;
      const fresh = arrived.current.reverse();
      arrived.current = [];
      setState(({ events }) => ({ events: [...fresh, ...events].slice(0, MAX_KEPT), seen: count.current }));
    }, DRAW_MS);
    const take = (messages: readonly string[]) => {
      const atMs = Date.now();
      for (const text of messages) arrived.current.push({ number: ++count.current, atMs, text });
      if (arrived.current.length > MAX_KEPT) arrived.current = arrived.current.slice(-MAX_KEPT);
    };
    readStream(debugStreamPath(id, share), ended.signal, take).then(
      () => setProblem('The agent ended the stream. Its configuration may have changed.'),
      (error: unknown) => {
        if (!ended.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      ended.abort();
      clearInterval(draw);
    };
  }, [id, on, share]);

  const clear = () => {
    arrived.current = [];
    count.current = 0;
    setState({ events: [], seen: 0 });
  };
  return { ...state, problem, clear };
}
