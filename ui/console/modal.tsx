/** A form in front of the page. Modal: keys stay inside, Escape closes it, and the focus goes back to where it was. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface ModalProps {
  readonly title: string;
  /** True where it is done, and the form may close. */
  onSubmit(): Promise<boolean>;
  onClose(): void;
  children(close: () => void): ComponentChildren;
}

export function Modal({ title, onSubmit, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key arrives, which is for the form.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (await onSubmit()) return close();
    // Once what the gateway refused is marked.
    requestAnimationFrame(() => dialog.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  return (
    <dialog ref={dialog} class="card modal" aria-labelledby={id} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={id}>{title}</h2>
        {children(close)}
      </form>
    </dialog>
  );
}
