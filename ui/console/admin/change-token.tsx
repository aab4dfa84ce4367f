/** Changes name, expiry and limits of a token. Who has it need not do anything; what the gateway refuses stays as typed. */
import { useState } from 'preact/hooks';
import { formatDateTime } from '../../format/time.ts';
import { visibleText } from '../../format/visible.ts';
import { useAccess } from '../access.ts';
import { changesOf, type Typed, withChanges } from '../limits/limit-values.ts';
import { TokenRates } from '../limits/token-rates.tsx';
import { Modal } from '../modal.tsx';
import { FormEnd, useAct } from './act.tsx';
import { AS_IT_IS, expiryOf, Lifetime, TextField } from './field.tsx';
import type { TokenView } from './types.ts';

interface ChangeTokenProps {
  readonly path: string;
  readonly token: TokenView;
  readonly nowMs: number;
  onChanged(): void;
  onClose(): void;
}

export function ChangeToken({ path, token, nowMs, onChanged, onClose }: ChangeTokenProps) {
  const { api } = useAccess();
  const [name, setName] = useState(token.name);
  const [typed, setTyped] = useState<Typed>({});
  const [days, setDays] = useState(AS_IT_IS);
  const act = useAct();
  const ends = token.expiresAtMs === null ? 'never' : formatDateTime(token.expiresAtMs);

  async function change(): Promise<void> {
    // What was not touched is left out: somebody else may have changed it since the list was loaded.
    const changes = changesOf(token.limits, typed);
    const json = {
      ...(name !== token.name && { name }),
      ...(changes.length > 0 && { limits: withChanges(token.limits, changes) }),
      ...(days !== AS_IT_IS && { expiresAtMs: expiryOf(days, nowMs) }),
    };
    await api.send('PUT', `${path}/${encodeURIComponent(token.id)}`, { json });
    onChanged();
  }

  return (
    <Modal title="Change this token" onClose={onClose} onSubmit={() => act.run(change)}>
      {(close) => (
        <>
          <p>
            <strong>{visibleText(token.name)}</strong> <code>{token.id}</code> keeps its secret, its scopes and its
            labels. In force everywhere within 60 s.
          </p>
          <TextField label="Name" required maxLength={100} value={name} onText={setName} />
          <Lifetime days={days} onDays={setDays} endsNow={ends} />
          <TokenRates limits={token.limits} typed={typed} failure={act.failure} onTyped={setTyped} />
          <FormEnd act={act} action="Change" onCancel={close} />
        </>
      )}
    </Modal>
  );
}
