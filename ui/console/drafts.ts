/**
 * What is being typed, so that a look at another section loses nothing. In memory only: it may hold secrets. Under the name
 * of who types, because someone else may sign in next.
 */

interface Kept {
  readonly draft: unknown;
  /** Leaving the page would lose something. */
  readonly isChanged: boolean;
}

const drafts = new Map<string, Kept>();

const keyOf = (who: string, path: string) => `${who} ${path}`;

/** What was kept under a path has one type. */
export function draftOf<T>(who: string, path: string): T | undefined {
  return drafts.get(keyOf(who, path))?.draft as T | undefined;
}

export function keepDraft<T>(who: string, path: string, draft: T, isChanged: boolean): void {
  drafts.set(keyOf(who, path), { draft, isChanged });
}

export function dropDraft(who: string, path: string): void {
  drafts.delete(keyOf(who, path));
}

export function forgetDrafts(): void {
  drafts.clear();
}

addEventListener('beforeunload', (event) => {
  if ([...drafts.values()].some(({ isChanged }) => isChanged)) event.preventDefault();
});
