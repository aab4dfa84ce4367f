/** Brings an older version back, or takes the pipeline away: after it was said what follows. */
import { useState } from 'preact/hooks';
import { plural } from '../../format/numbers.ts';
import { HttpError } from '../../parts/http.ts';
import { useAccess } from '../access.ts';
import { TextField } from '../admin/field.tsx';
import type { DiagnosticView, VersionView } from '../admin/types.ts';
import { Confirm } from '../confirm.tsx';
import { countText, Diagnostics, diagnosticsOf } from './diagnostics.tsx';
import type { Subject } from './pipeline-page.tsx';

interface RollBackProps {
  readonly subject: Subject;
  readonly version: number;
  readonly current: VersionView | undefined;
  readonly newest: VersionView | undefined;
  onDone(text: string): void;
  onClose(): void;
}

export function inForceText(owner: string | undefined): string {
  return owner === undefined
    ? 'It is in force within 60 s for every tenant without a pipeline of its own'
    : 'It is in force within 5 s';
}

export function RollBack({ subject: { owner, path }, version, current, newest, onDone, onClose }: RollBackProps) {
  const { api } = useAccess();
  const [comment, setComment] = useState('');
  const [mistakes, setMistakes] = useState<readonly DiagnosticView[]>([]);

  async function rollBack(): Promise<void> {
    setMistakes([]);
    try {
      const answer = await api.send<{ readonly version: number }>('POST', `${path}/rollback`, {
        json: { version, comment },
        ...(newest && { ifVersion: newest.version }),
      });
      onDone(`Version ${version} is back, as version ${answer.version}.`);
    } catch (error) {
      const found = error instanceof HttpError ? diagnosticsOf(error.refusal) : undefined;
      if (found === undefined) throw error;
      setMistakes(found);
      throw new HttpError(422, { message: `Nothing was changed: version ${version} is not good any more.` });
    }
  }

  return (
    <Confirm
      title={`Roll back to version ${version}?`}
      action="Roll back"
      oath={`Yes, bring version ${version} back`}
      onConfirm={rollBack}
      onClose={onClose}
    >
      <p>
        The text of version {version} becomes the newest version
        {current ? `, and version ${current.version} is in force no more` : ''}. {inForceText(owner)}; what waits in
        outboxes is kept and goes where the new text says. Every version stays in the history.
      </p>
      <Comment comment={comment} onComment={setComment} />
      {mistakes.length > 0 && (
        <>
          <p class="problem">{countText(mistakes)}:</p>
          <Diagnostics diagnostics={mistakes} />
        </>
      )}
    </Confirm>
  );
}

interface TakeAwayProps {
  readonly subject: Subject;
  readonly newest: VersionView;
  onDone(text: string): void;
  onClose(): void;
}

export function TakeAway({ subject: { owner, path }, newest, onDone, onClose }: TakeAwayProps) {
  const { api } = useAccess();
  const [comment, setComment] = useState('');

  async function takeAway(): Promise<void> {
    const query = comment.trim() === '' ? '' : `?comment=${encodeURIComponent(comment)}`;
    await api.send('DELETE', `${path}${query}`, { ifVersion: newest.version });
    onDone(owner === undefined ? 'The default pipeline is taken away.' : 'The default pipeline serves it now.');
  }

  return (
    <Confirm
      title={owner === undefined ? 'Take the default pipeline away?' : 'Use the default pipeline?'}
      action={owner === undefined ? 'Take away' : 'Use the default one'}
      oath={
        owner === undefined ? (
          'Yes, tenants without their own are refused'
        ) : (
          <>
            Yes, <bdi>{owner}</bdi> has no pipeline of its own any more
          </>
        )
      }
      onConfirm={takeAway}
      onClose={onClose}
    >
      <p>
        {owner === undefined
          ? 'Within 60 s what tenants without a pipeline of their own push is refused.'
          : 'Within 5 s its data goes where the default pipeline of the gateway says; if there is none, it is refused.'}{' '}
        {plural(newest.version, 'version')} stay in the history and can be brought back.
      </p>
      <Comment comment={comment} onComment={setComment} />
    </Confirm>
  );
}

export function Comment({ comment, onComment }: { comment: string; onComment(text: string): void }) {
  return <TextField label="Why? For the history" maxLength={500} value={comment} onText={onComment} />;
}
