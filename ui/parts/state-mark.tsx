/** A state as shape, colour and text: never by colour alone. */
import type { Level } from './level.ts';

export function LevelIcon({ level }: { level: Level }) {
  return (
    <svg class={`level-icon level-${level}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <LevelShape level={level} />
    </svg>
  );
}

/** The drawing alone, in a box of 16 by 16, for pictures that bring their own svg. */
export function LevelShape({ level }: { level: Level }) {
  return (
    <>
      {level === 'ok' && (
        <>
          <circle cx="8" cy="8" r="7" class="shape" />
          <path d="m4.8 8.3 2.2 2.2 4.2-4.7" class="stroke" />
        </>
      )}
      {level === 'attention' && (
        <>
          <path d="M8 1.3 15.2 14H.8z" class="shape" />
          <path d="M8 6.2v3.6M8 11.9v.1" class="stroke" />
        </>
      )}
      {level === 'trouble' && (
        <>
          <path d="M5.2.8h5.6l4.4 4.4v5.6l-4.4 4.4H5.2L.8 10.8V5.2z" class="shape" />
          <path d="m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8" class="stroke" />
        </>
      )}
      {level === 'idle' && <circle cx="8" cy="8" r="6" class="ring" />}
    </>
  );
}

export function StateMark({ level, text }: { level: Level; text: string }) {
  return (
    <span class={`state-mark level-${level}`}>
      <LevelIcon level={level} />
      <span>{text}</span>
    </span>
  );
}
