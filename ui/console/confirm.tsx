/** Asks before something is lost for good: it says what, and takes a tick as well as a click. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { FormEnd, useAct } from './admin/act.tsx';
import { Modal } from './modal.tsx';

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
  const [sworn, setSworn] = useState(false);
  const act = useAct();
  return (
    <Modal title={title} onClose={onClose} onSubmit={async () => sworn && !act.busy && act.run(onConfirm)}>
      {(close) => (
        <>
          {children}
          <label class="confirm-oath">
            <input type="checkbox" checked={sworn} onChange={(event) => setSworn(event.currentTarget.checked)} />
            <span>{oath}</span>
          </label>
          <FormEnd act={act} action={action} danger disabled={!sworn} onCancel={close} />
        </>
      )}
    </Modal>
  );
}
