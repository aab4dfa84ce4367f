/** Asks before something is lost for good: it says what, and takes a tick as well as a click. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface ConfirmProps {
  readonly title: string;
  /** What is lost. */
  readonly children: ComponentChildren;
  /** What the one who ticks it says. */
  readonly oath: ComponentChildren;
  readonly action: string;
  /** Throws where it did not succeed. */
  onConfirm(): Promise<void>;
  onClose(): void;
}

export function Confirm({ title, children, oath, action, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [sworn, setSworn] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  // Modal: keys stay inside, Escape closes it, and the focus goes back to where it was.
  useEffect(() => dialog.current?.showModal(), []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!sworn || busy) return;
    setBusy(true);
    try {
      await onConfirm();
      dialog.current?.close();
    } catch (error) {
      setProblem(`${(error as Error).message}.`);
      setBusy(false);
    }
  }

  return (
    <dialog ref={dialog} class="card confirm" aria-labelledby="confirm-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="confirm-title">{title}</h2>
        {children}
        <label class="confirm-oath">
          <input type="checkbox" checked={sworn} onChange={(event) => setSworn(event.currentTarget.checked)} />
          <span>{oath}</span>
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="actions">
          <button type="submit" class="danger" disabled={!sworn || busy}>
            {action}
          </button>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
