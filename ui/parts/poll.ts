/** Asks again and again while the page is visible. Keeps the last good answer and says since when there is no newer one. */
import { useEffect, useRef, useState } from 'preact/hooks';

const TIMEOUT_MS = 5_000;

export interface Polled<T> {
  readonly data: T | undefined;
  readonly loadedAtMs: number | undefined;
  readonly error: Error | undefined;
  /** Time of the first failure in a row. */
  readonly failingSinceMs: number | undefined;
}

/** `key` names what is asked for; a new key asks at once. A paused poll keeps what it has. */
export function usePoll<T>(
  key: string,
  everyMs: number,
  paused: boolean,
  load: (signal: AbortSignal) => Promise<T>,
): Polled<T> & { refresh(): void } {
  const [polled, setPolled] = useState<Polled<T>>({
    data: undefined,
    loadedAtMs: undefined,
    error: undefined,
    failingSinceMs: undefined,
  });
  const latestLoad = useRef(load);
  latestLoad.current = load;
  const refresh = useRef(() => {});

  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let round = 0;

    async function ask(): Promise<void> {
      clearTimeout(timer);
      const mine = ++round;
      try {
        const data = await latestLoad.current(AbortSignal.any([ended.signal, AbortSignal.timeout(TIMEOUT_MS)]));
        if (mine !== round || ended.signal.aborted) return;
        setPolled({ data, loadedAtMs: Date.now(), error: undefined, failingSinceMs: undefined });
      } catch (cause) {
        if (mine !== round || ended.signal.aborted) return;
        const error = cause instanceof Error ? cause : new Error(String(cause));
        setPolled((before) => ({ ...before, error, failingSinceMs: before.failingSinceMs ?? Date.now() }));
      }
      if (!paused && !document.hidden) timer = setTimeout(ask, everyMs);
    }

    function onVisible(): void {
      if (!document.hidden && !paused) void ask();
    }

    refresh.current = () => void ask();
    if (!paused) void ask();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key, everyMs, paused]);

  return { ...polled, refresh: () => refresh.current() };
}

/** Re-renders every second, for ages that grow. */
export function useNow(): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
