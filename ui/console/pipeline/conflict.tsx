/** Somebody else saved a version meanwhile: shows what they changed, and goes on only when that was seen. */
import { useEffect, useState } from 'preact/hooks';
import { visibleText } from '../../format/visible.ts';
import { useAccess } from '../access.ts';
import { Problem, useAct } from '../admin/act.tsx';
import type { VersionView } from '../admin/types.ts';
import { DiffView } from './diff-view.tsx';
import type { Draft } from './draft.ts';

const LOAD_TIMEOUT_MS = 10_000;

interface ConflictProps {
  readonly path: string;
  readonly draft: Draft;
  /** What is saved next replaces this version. */
  onRebase(base: Pick<Draft, 'baseVersion' | 'baseText'>): void;
}

export function Conflict({ path, draft, onRebase }: ConflictProps) {
  const { api } = useAccess();
  const [theirs, setTheirs] = useState<{ readonly version: VersionView; readonly text: string }>();
  const act = useAct();
  useEffect(() => {
    void act.run(async () => {
      const signal = AbortSignal.timeout(LOAD_TIMEOUT_MS);
      const { versions } = await api.get<{ readonly versions: readonly VersionView[] }>(
        `${path}/versions?limit=1`,
        signal,
      );
      const version = versions[0];
      if (version === undefined) throw new Error('There is no version any more');
      const text = version.bytes === 0 ? '' : (await api.getText(`${path}/versions/${version.version}`, signal)).text;
      setTheirs({ version, text });
    });
  }, []);

  return (
    <div class="conflict" role="alert">
      <p>
        <strong>Nothing was saved: somebody else was faster.</strong>{' '}
        {theirs && (
          <>
            <bdi>{visibleText(theirs.version.author)}</bdi> saved version {theirs.version.version}
            {theirs.version.comment === '' ? '' : `, “${visibleText(theirs.version.comment)}”`}. Your text is kept. This
            is what they changed:
          </>
        )}
      </p>
      <Problem act={act} />
      {theirs && (
        <>
          <DiffView
            before={draft.baseText}
            after={theirs.text}
            beforeName={`version ${draft.baseVersion}`}
            afterName={`version ${theirs.version.version}`}
          />
          <div class="actions">
            <button
              type="button"
              class="quiet"
              onClick={() => onRebase({ baseVersion: theirs.version.version, baseText: theirs.text })}
            >
              I have seen it: my text replaces version {theirs.version.version}
            </button>
          </div>
        </>
      )}
    </div>
  );
}
