/** The history of a pipeline, newest first: who changed it, when and why. */
import { formatBytes } from '../../format/numbers.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { visibleText } from '../../format/visible.ts';
import type { VersionView } from '../admin/types.ts';
import type { Compared } from './text-view.tsx';

interface VersionsProps {
  readonly versions: readonly VersionView[];
  readonly shown: Compared | undefined;
  readonly nowMs: number;
  onShow(shown: Compared): void;
  readonly onRollBack: ((version: number) => void) | undefined;
}

export function Versions({ versions, shown, nowMs, onShow, onRollBack }: VersionsProps) {
  if (versions.length === 0) return null;
  return (
    <section class="card versions" aria-labelledby="versions-title">
      <h2 id="versions-title">History</h2>
      <ol class="rows">
        {versions.map((version, index) => (
          <Version
            key={version.version}
            version={version}
            isShown={version.version === shown?.version}
            showsChanges={shown?.against !== undefined}
            before={versions.slice(index + 1).find(({ bytes }) => bytes > 0)?.version}
            nowMs={nowMs}
            onShow={onShow}
            onRollBack={version.current ? undefined : onRollBack}
          />
        ))}
      </ol>
    </section>
  );
}

interface VersionProps extends Pick<VersionsProps, 'nowMs' | 'onShow' | 'onRollBack'> {
  readonly version: VersionView;
  readonly isShown: boolean;
  readonly showsChanges: boolean;
  /** The version that had a text before it. */
  readonly before: number | undefined;
}

function Version({ version: one, isShown, showsChanges, before, nowMs, onShow, onRollBack }: VersionProps) {
  const { version, author, comment, createdAtMs, restores, bytes, current } = one;
  const takenAway = bytes === 0;
  return (
    <li class={isShown ? 'version version-shown' : 'version'} data-version={version}>
      <p>
        <strong>{version}</strong> {current && <span class="mark mark-ok">in force</span>}{' '}
        {takenAway ? 'taken away' : restores !== null ? `version ${restores} brought back` : ''}
      </p>
      {comment !== '' && <bdi class="version-comment">{visibleText(comment)}</bdi>}
      <p class="row-detail">
        <bdi>{author === '' ? 'unknown' : visibleText(author)}</bdi> ·{' '}
        <time title={formatDateTime(createdAtMs)}>{formatAgo(createdAtMs, nowMs)}</time>
        {!takenAway && ` · ${formatBytes(bytes)}`}
      </p>
      {!takenAway && (
        <span class="actions">
          <button
            type="button"
            class="quiet choice"
            aria-label={`Show version ${version}`}
            aria-pressed={isShown && !showsChanges}
            onClick={() => onShow({ version })}
          >
            Show
          </button>
          {before !== undefined && (
            <button
              type="button"
              class="quiet choice"
              aria-label={`Changes of version ${version}`}
              aria-pressed={isShown && showsChanges}
              onClick={() => onShow({ version, against: before })}
            >
              Changes
            </button>
          )}
          {onRollBack && (
            <button
              type="button"
              class="quiet"
              aria-label={`Roll back to version ${version}`}
              onClick={() => onRollBack(version)}
            >
              Roll back…
            </button>
          )}
        </span>
      )}
    </li>
  );
}
