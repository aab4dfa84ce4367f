/** One version of a pipeline: its text, or what it changed. */
import type { ComponentChildren } from 'preact';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import type { LoadedText } from '../admin/client.ts';
import { Loaded } from '../admin/loaded.tsx';
import type { VersionView } from '../admin/types.ts';
import { Code } from './code.tsx';
import { DiffView } from './diff-view.tsx';
import type { Subject } from './pipeline-page.tsx';

/** Versions never change: this is for answers that failed. */
const POLL_MS = 300_000;

export interface Compared {
  readonly version: number;
  /** Shown is what is different from this one. */
  readonly against?: number;
}

interface TextViewProps {
  readonly subject: Subject;
  readonly versions: readonly VersionView[];
  readonly shown: Compared;
  /** On the version that is in force. */
  readonly actions: ComponentChildren;
  onShow(shown: Compared): void;
}

interface Texts {
  readonly shown: LoadedText;
  readonly against: LoadedText | undefined;
}

export function TextView({ subject: { path }, versions, shown, actions, onShow }: TextViewProps) {
  const { api } = useAccess();
  const { version, against } = shown;
  const polled = usePoll<Texts & { readonly of: Compared }>(
    `${path} ${version} ${against}`,
    POLL_MS,
    false,
    async (signal) => {
      const load = (number: number) => api.getText(`${path}/versions/${number}`, signal);
      const [one, other] = await Promise.all([load(version), against === undefined ? undefined : load(against)]);
      return { of: shown, shown: one, against: other };
    },
  );
  const isCurrent = versions.find((one) => one.version === version)?.current === true;
  const others = versions.filter((one) => one.version !== version && one.bytes > 0);
  return (
    <section class="card" aria-labelledby="text-title">
      <div class="card-head">
        <h2 id="text-title">
          Version {version} {isCurrent ? <span class="mark mark-ok">in force</span> : <span class="mark">older</span>}
        </h2>
        <span class="actions">
          {others.length > 0 && (
            <select
              aria-label="Compare with"
              value={against ?? ''}
              onChange={({ currentTarget: { value } }) =>
                onShow(value === '' ? { version } : { version, against: Number(value) })
              }
            >
              <option value="">Text</option>
              {others.map((one) => (
                <option key={one.version} value={one.version}>
                  Changes from version {one.version}
                </option>
              ))}
            </select>
          )}
          {isCurrent && actions}
        </span>
      </div>
      <Loaded polled={polled}>
        {(texts) => (
          <>
            {texts.shown.isRedacted && (
              <p class="muted small">Secrets and comments are left out: you may look, and they might hold a secret.</p>
            )}
            {texts.against === undefined ? (
              <Code text={texts.shown.text} label={`The text of version ${texts.of.version}`} />
            ) : (
              <DiffView
                before={texts.against.text}
                after={texts.shown.text}
                beforeName={`version ${texts.of.against}`}
                afterName={`version ${texts.of.version}`}
              />
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
