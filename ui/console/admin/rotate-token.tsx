/** Makes a token in the place of another one; both work for a while, so that nobody is cut off. */
import { useState } from 'preact/hooks';
import { formatDuration, HOUR_MS } from '../../format/time.ts';
import { visibleText } from '../../format/visible.ts';
import { useAccess } from '../access.ts';
import { Modal } from '../modal.tsx';
import { FormEnd, useAct } from './act.tsx';
import { Field } from './field.tsx';
import type { NewTokenView, TokenView } from './types.ts';

const GRACES_MS = [0, HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS, 30 * 24 * HOUR_MS];

interface RotateTokenProps {
  readonly path: string;
  readonly token: TokenView;
  onMade(token: NewTokenView): void;
  onClose(): void;
}

export function RotateToken({ path, token, onMade, onClose }: RotateTokenProps) {
  const { api } = useAccess();
  const [graceMs, setGraceMs] = useState(24 * HOUR_MS);
  const act = useAct();

  async function rotate(): Promise<void> {
    const where = `${path}/${encodeURIComponent(token.id)}/rotate`;
    onMade(await api.send<NewTokenView>('POST', where, { json: { graceMs } }));
  }

  return (
    <Modal title="Rotate this token" onClose={onClose} onSubmit={() => act.run(rotate)}>
      {(close) => (
        <>
          <p>
            A new token with the same name, scopes, labels and limits takes the place of{' '}
            <strong>{visibleText(token.name)}</strong> <code>{token.id}</code>.
          </p>
          <Field label="The old one still works for" help="Until then put the new one wherever the old one is.">
            {(attributes) => (
              <select
                {...attributes}
                value={graceMs}
                onChange={(event) => setGraceMs(Number(event.currentTarget.value))}
              >
                {GRACES_MS.map((value) => (
                  <option key={value} value={value}>
                    {value === 0 ? 'no time: it ends now' : formatDuration(value)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <FormEnd act={act} action="Rotate" onCancel={close} />
        </>
      )}
    </Modal>
  );
}
