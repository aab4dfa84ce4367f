/** What is asked for now and then: the newest answer, or why there is none. It goes on asking by itself. */
import type { ComponentChildren } from 'preact';
import { visibleText } from '../../format/visible.ts';
import type { Polled } from '../../parts/poll.ts';
import { failureOf } from './act.tsx';

interface LoadedProps<T> {
  readonly polled: Polled<T> & { refresh(): void };
  children(data: T): ComponentChildren;
}

export function Loaded<T>({ polled, children }: LoadedProps<T>) {
  const { data, error, refresh } = polled;
  return (
    <>
      {error && (
        <div class="act-problem" role="alert">
          <p class="problem">
            {data === undefined ? 'It cannot be shown: ' : 'There is no newer answer: '}
            {visibleText(failureOf(error, 0).text)}
          </p>
          <button type="button" class="quiet" onClick={refresh}>
            Try again
          </button>
        </div>
      )}
      {data === undefined ? !error && <p class="empty">Asking the gateway…</p> : children(data)}
    </>
  );
}
