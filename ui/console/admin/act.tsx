/** Something that is asked of the gateway: whether it is under way, and why it was not done, in the gateway's own words. */
import { useRef, useState } from 'preact/hooks';
import { formatDuration } from '../../format/time.ts';
import { visibleText } from '../../format/visible.ts';
import { HttpError, type Refusal } from '../../parts/http.ts';
import { useNow } from '../../parts/poll.ts';

export interface Failure {
  readonly text: string;
  /** Nothing is wrong with what was asked: the same may be good in a moment. */
  readonly mayRetry: boolean;
  /** The browser's clock. */
  readonly notBeforeMs?: number;
  /** What is wrong with single fields of what was sent, by their paths. */
  readonly problems?: Readonly<Record<string, string>>;
}

/** What was typed cannot be sent; the gateway was not asked. */
export class MistypedError extends Error {}

export function failureOf(error: unknown, nowMs: number): Failure {
  if (error instanceof MistypedError) return { text: error.message, mayRetry: false };
  if (!(error instanceof HttpError)) {
    return { text: `The gateway cannot be reached. ${(error as Error).message}.`, mayRetry: true };
  }
  const { status, refusal, retryAfterMs } = error;
  const text = typeof refusal.message === 'string' ? refusal.message : error.message;
  const problems = problemsOf(refusal);
  if (status !== 429 && status !== 503) return { text, mayRetry: false, ...(problems && { problems }) };
  return { text, mayRetry: true, ...(retryAfterMs !== undefined && { notBeforeMs: nowMs + retryAfterMs }) };
}

function problemsOf({ problems }: Refusal): Record<string, string> | undefined {
  return Array.isArray(problems) && problems.length > 0
    ? Object.fromEntries(problems.map(({ field, message }) => [field, `${message}`]))
    : undefined;
}

export interface Act {
  readonly busy: boolean;
  readonly failure: Failure | undefined;
  /** True where `work` did not throw. */
  run(work: () => Promise<void>): Promise<boolean>;
  /** What failed, once more. */
  again(): void;
  clear(): void;
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const latest = useRef<(() => Promise<void>) | undefined>(undefined);

  async function run(work: () => Promise<void>): Promise<boolean> {
    latest.current = work;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      setFailure(failureOf(error, Date.now()));
      return false;
    } finally {
      setBusy(false);
    }
  }

  const again = () => void (latest.current && run(latest.current));
  return { busy, failure, run, again, clear: () => setFailure(undefined) };
}

interface ProblemProps {
  readonly act: Act;
  /** In a form a second try is another submission, with what is in the form by then. */
  readonly inForm?: boolean;
}

/** Why it was not done. Nothing that was typed is lost, so it can be asked again. */
export function Problem({ act: { failure, busy, again }, inForm = false }: ProblemProps) {
  return (
    <div class="act-problem" role="alert">
      {failure && (
        <>
          <p class="problem">{visibleText(failure.text)}</p>
          {failure.mayRetry && (
            <Again notBeforeMs={failure.notBeforeMs ?? 0} busy={busy} onAgain={inForm ? undefined : again} />
          )}
        </>
      )}
    </div>
  );
}

interface FormEndProps {
  readonly act: Act;
  readonly action: string;
  /** What it does cannot be undone. */
  readonly danger?: boolean;
  readonly disabled?: boolean;
  onCancel(): void;
}

/** The last of a form: why it was not done, and the two ways out. */
export function FormEnd({ act, action, danger = false, disabled = false, onCancel }: FormEndProps) {
  return (
    <>
      <Problem act={act} inForm />
      <div class="actions">
        <button type="submit" class={danger ? 'danger' : 'primary'} disabled={disabled || act.busy}>
          {action}
        </button>
        <button type="button" class="quiet" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </>
  );
}

interface AgainProps {
  readonly notBeforeMs: number;
  readonly busy: boolean;
  readonly onAgain: (() => void) | undefined;
}

function Again({ notBeforeMs, busy, onAgain }: AgainProps) {
  const waitMs = notBeforeMs - useNow();
  return (
    <button
      type={onAgain ? 'button' : 'submit'}
      class="quiet"
      disabled={busy || waitMs > 0}
      {...(onAgain && { onClick: onAgain })}
    >
      {waitMs > 0 ? `Try again in ${formatDuration(Math.ceil(waitMs / 1000) * 1000)}` : 'Try again'}
    </button>
  );
}
