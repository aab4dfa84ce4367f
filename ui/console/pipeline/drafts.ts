/**
 * Texts that are being edited, so that a look at another section loses nothing. In memory only: they may hold secrets.
 * Under the name of who types, because someone else may sign in next.
 */

export interface Draft {
  readonly text: string;
  readonly comment: string;
  /** The version that it began from; 0: there was none. */
  readonly baseVersion: number;
  readonly baseText: string;
}

const drafts = new Map<string, Draft>();

const keyOf = (who: string, path: string) => `${who} ${path}`;

export function draftOf(who: string, path: string): Draft | undefined {
  return drafts.get(keyOf(who, path));
}

export function keepDraft(who: string, path: string, draft: Draft): void {
  drafts.set(keyOf(who, path), draft);
}

export function dropDraft(who: string, path: string): void {
  drafts.delete(keyOf(who, path));
}

export function forgetDrafts(): void {
  drafts.clear();
}

addEventListener('beforeunload', (event) => {
  if ([...drafts.values()].some(({ text, baseText }) => text !== baseText)) event.preventDefault();
});
