/** A pipeline's text with its history: what is in force, what was before and why, and the way back. */
import { useState } from 'preact/hooks';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import { Loaded } from '../admin/loaded.tsx';
import type { VersionView } from '../admin/types.ts';
import { draftOf, dropDraft } from '../drafts.ts';
import { Editor } from './editor.tsx';
import { NoPipeline } from './no-pipeline.tsx';
import { pipelinePath } from './paths.ts';
import { RollBack, TakeAway } from './roll-back.tsx';
import { type Compared, TextView } from './text-view.tsx';
import { Versions } from './versions.tsx';

const POLL_MS = 10_000;

export interface Subject {
  /** The tenant; undefined: the default pipeline of the gateway. */
  readonly owner: string | undefined;
  readonly path: string;
}

interface PipelinePageProps {
  readonly owner: string | undefined;
  readonly nowMs: number;
}

type Doing = { readonly what: 'rollback'; readonly version: number } | { readonly what: 'delete' };

export function PipelinePage({ owner, nowMs }: PipelinePageProps) {
  const { api, mayChange, principal } = useAccess();
  const path = pipelinePath(owner);
  const subject = { owner, path };
  const polled = usePoll(`${path}/versions`, POLL_MS, false, (signal) =>
    api.get<{ readonly versions: readonly VersionView[] }>(`${path}/versions`, signal),
  );
  const [editing, setEditing] = useState(() => draftOf(principal.name, path) !== undefined);
  const [chosen, setChosen] = useState<Compared>();
  const [doing, setDoing] = useState<Doing>();
  const [done, setDone] = useState('');

  function onChanged(text: string): void {
    setDone(text);
    setChosen(undefined);
    polled.refresh();
  }

  function stopEditing(): void {
    dropDraft(principal.name, path);
    setEditing(false);
  }

  return (
    <Loaded polled={polled}>
      {({ versions }) => {
        const current = versions.find((version) => version.current);
        const newest = versions[0];
        const shown: Compared | undefined = chosen ?? (current && { version: current.version });
        if (editing && mayChange) {
          return (
            <Editor
              subject={subject}
              newest={newest}
              onSaved={(version) => {
                stopEditing();
                onChanged(`Saved as version ${version}.`);
              }}
              onCancel={stopEditing}
            />
          );
        }
        const actions = mayChange && (
          <>
            <button type="button" class="primary small-button" onClick={() => setEditing(true)}>
              {current ? 'Edit' : 'Write one'}
            </button>
            {current && (
              <button type="button" class="quiet danger-quiet" onClick={() => setDoing({ what: 'delete' })}>
                {owner === undefined ? 'Take away…' : 'Use the default one…'}
              </button>
            )}
          </>
        );
        return (
          <>
            <p class="done" role="status">
              {done}
            </p>
            <div class="pipeline-columns">
              {shown ? (
                <TextView subject={subject} versions={versions} shown={shown} onShow={setChosen} actions={actions} />
              ) : (
                <NoPipeline owner={owner} actions={actions} />
              )}
              <Versions
                versions={versions}
                shown={shown}
                nowMs={nowMs}
                onShow={setChosen}
                onRollBack={mayChange ? (version) => setDoing({ what: 'rollback', version }) : undefined}
              />
            </div>
            {doing?.what === 'rollback' && (
              <RollBack
                subject={subject}
                version={doing.version}
                current={current}
                newest={newest}
                onDone={onChanged}
                onClose={() => setDoing(undefined)}
              />
            )}
            {doing?.what === 'delete' && newest && (
              <TakeAway subject={subject} newest={newest} onDone={onChanged} onClose={() => setDoing(undefined)} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}
