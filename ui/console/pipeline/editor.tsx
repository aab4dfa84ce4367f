/**
 * Changes a pipeline: check it, try it on live traffic, save it. What is typed is kept whatever the gateway answers, and
 * nobody else's version is overwritten unseen.
 */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { HttpError } from '../../parts/http.ts';
import { useAccess } from '../access.ts';
import { Problem, useAct } from '../admin/act.tsx';
import type { DiagnosticView, DryRunView, VersionView } from '../admin/types.ts';
import { draftOf, keepDraft } from '../drafts.ts';
import { Conflict } from './conflict.tsx';
import { countText, Diagnostics, diagnosticsOf } from './diagnostics.tsx';
import { DiffView } from './diff-view.tsx';
import type { Draft } from './draft.ts';
import { DRY_RUN_SECONDS, DryRun } from './dry-run.tsx';
import type { Subject } from './pipeline-page.tsx';
import { Comment, inForceText } from './roll-back.tsx';
import { STARTER } from './starter.ts';
import { goTo, TextArea } from './text-area.tsx';

const LOAD_TIMEOUT_MS = 10_000;

interface EditorProps {
  readonly subject: Subject;
  readonly newest: VersionView | undefined;
  onSaved(version: number): void;
  onCancel(): void;
}

/** Loads what is there, or takes up what was typed before. */
export function Editor(props: EditorProps) {
  const { subject, newest } = props;
  const { api, principal } = useAccess();
  const [begun, setBegun] = useState<Draft | undefined>(() => draftOf(principal.name, subject.path));
  const act = useAct();
  useEffect(() => {
    if (begun === undefined) void act.run(load);
  }, []);

  async function load(): Promise<void> {
    const baseVersion = newest?.version ?? 0;
    const path = `${subject.path}/versions/${baseVersion}`;
    const baseText =
      newest && newest.bytes > 0 ? (await api.getText(path, AbortSignal.timeout(LOAD_TIMEOUT_MS))).text : '';
    setBegun({ text: baseText === '' ? STARTER : baseText, comment: '', baseVersion, baseText });
  }

  if (begun !== undefined) return <Editing {...props} begun={begun} />;
  return (
    <section class="card">
      {act.busy && <p class="empty">Asking the gateway…</p>}
      <Problem act={act} />
    </section>
  );
}

function Editing({ subject: { owner, path }, begun, onSaved, onCancel }: EditorProps & { readonly begun: Draft }) {
  const { api, principal } = useAccess();
  const [draft, setDraft] = useState(begun);
  const [diagnostics, setDiagnostics] = useState<readonly DiagnosticView[]>([]);
  const [said, setSaid] = useState('');
  const [isConflict, setConflict] = useState(false);
  const [dryRun, setDryRun] = useState<DryRunView>();
  const [showsChanges, setShowsChanges] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const act = useAct();
  const id = useId();
  const { text, comment, baseVersion, baseText } = draft;
  const changed = text !== baseText;
  useEffect(() => {
    area.current?.setSelectionRange(0, 0);
    area.current?.focus({ preventScroll: true });
  }, []);

  function change(part: Partial<Draft>): void {
    const next = { ...draft, ...part };
    setDraft(next);
    keepDraft<Draft>(principal.name, path, next, next.text !== next.baseText);
    if (part.text !== undefined) setSaid('');
    // What failed was another text: it must not be sent by a second try.
    act.clear();
  }

  /** Mistakes are an answer, not a failure. */
  function attempt(work: () => Promise<void>): void {
    setSaid('');
    setDryRun(undefined);
    void act.run(async () => {
      try {
        await work();
      } catch (error) {
        const found = error instanceof HttpError ? diagnosticsOf(error.refusal) : undefined;
        if (found === undefined) throw error;
        setDiagnostics(found);
        setSaid(`Nothing was changed: ${countText(found)}.`);
      }
    });
  }

  async function check(): Promise<void> {
    const answer = await api.send<Checked>('POST', `${path}/validate`, { text });
    setDiagnostics(answer.diagnostics);
    const warnings = countText(answer.diagnostics);
    if (!answer.ok) setSaid(`It would be refused: ${warnings}.`);
    else setSaid(warnings === '' ? 'It is good: no mistakes, no warnings.' : `It is good, with ${warnings}.`);
  }

  async function tryIt(): Promise<void> {
    const answer = await api.send<DryRunView>('POST', `${path}/dry-run?seconds=${DRY_RUN_SECONDS}`, { text });
    setDiagnostics(answer.diagnostics);
    setDryRun(answer);
  }

  async function save(): Promise<void> {
    const query = comment.trim() === '' ? '' : `?comment=${encodeURIComponent(comment.trim())}`;
    try {
      const { version } = await api.send<{ readonly version: number }>('PUT', `${path}${query}`, {
        text,
        ifVersion: baseVersion,
      });
      onSaved(version);
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 412) throw error;
      setConflict(true);
    }
  }

  return (
    <>
      <section class="card" aria-labelledby="editor-title">
        <div class="card-head">
          <h2 id="editor-title">
            {baseVersion === 0 ? 'The first version' : `Based on version ${baseVersion}`}{' '}
            {changed && <span class="mark mark-attention">not saved</span>}
          </h2>
          <span class="actions">
            <button type="button" class="quiet" disabled={act.busy} onClick={() => attempt(check)}>
              Check
            </button>
            {owner !== undefined && (
              <button type="button" class="quiet" disabled={act.busy} onClick={() => attempt(tryIt)}>
                Try on live traffic
              </button>
            )}
            <button
              type="button"
              class="quiet choice"
              aria-pressed={showsChanges}
              disabled={!changed}
              onClick={() => setShowsChanges(!showsChanges)}
            >
              Changes
            </button>
          </span>
        </div>
        <TextArea
          area={area}
          text={text}
          diagnostics={diagnostics}
          describedBy={id}
          onText={(next) => change({ text: next })}
        />
        <div id={id} role="status" class="editor-said">
          {said !== '' && (
            <p class={diagnostics.some(({ severity }) => severity === 'error') ? 'problem' : ''}>{said}</p>
          )}
        </div>
        <Diagnostics diagnostics={diagnostics} onGo={(one) => goTo(area.current, text, one)} />
        {isConflict && (
          <Conflict
            path={path}
            draft={draft}
            onRebase={(base) => {
              change(base);
              setConflict(false);
            }}
          />
        )}
        <Problem act={act} />
        <form
          class="save-form"
          onSubmit={(event) => {
            event.preventDefault();
            attempt(save);
          }}
        >
          <Comment comment={comment} onComment={(next) => change({ comment: next })} />
          <span class="actions">
            <button type="submit" class="primary" disabled={act.busy || !changed || isConflict}>
              Save
            </button>
            <button type="button" class="quiet" disabled={act.busy} onClick={onCancel}>
              {changed ? 'Throw the changes away' : 'Close'}
            </button>
          </span>
        </form>
        <p class="muted small">{inForceText(owner)}. A text with a mistake is never saved.</p>
      </section>
      {showsChanges && changed && (
        <section class="card" aria-label="Changes">
          <DiffView before={baseText} after={text} beforeName={`version ${baseVersion}`} afterName="your text" />
        </section>
      )}
      {owner !== undefined && <DryRun running={act.busy && said === ''} result={dryRun} />}
    </>
  );
}

interface Checked {
  readonly ok: boolean;
  readonly diagnostics: readonly DiagnosticView[];
}
