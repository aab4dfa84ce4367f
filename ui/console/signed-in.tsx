/** Asks the gateway whose token it is, and shows what that one may see. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Header, NoAnswer } from '../parts/header.tsx';
import { HttpError } from '../parts/http.ts';
import { usePoll } from '../parts/poll.ts';
import { AccessContext, accessOf, type Principal, unfit } from './access.ts';
import { AdminApi } from './admin/client.ts';
import { App } from './app.tsx';

/** Until it is known; then what is asked for anyway shows whether the token is still good. */
const ASK_EVERY_MS = 2_000;

interface SignedInProps {
  readonly token: string;
  onSignOut(): void;
  onRefused(why: string): void;
}

export function SignedIn({ token, onSignOut, onRefused }: SignedInProps) {
  const api = useMemo(() => new AdminApi(token), [token]);
  const [principal, setPrincipal] = useState<Principal>();
  const known = usePoll('whoami', ASK_EVERY_MS, principal !== undefined, async (signal) => {
    setPrincipal(await api.get<Principal>('/whoami', signal));
  });
  const why = principal ? unfit(principal) : refusalOf(known.error);
  useEffect(() => {
    if (why !== undefined) onRefused(why);
  }, [why]);
  const access = useMemo(() => principal && accessOf(token, principal, api), [principal]);

  if (access === undefined || why !== undefined) {
    return (
      <>
        <Header title="Spillway" place={location.host}>
          <button type="button" class="quiet" onClick={onSignOut}>
            Sign out
          </button>
        </Header>
        <NoAnswer who="The gateway" polled={known} advice="This page keeps asking." />
        <main class="page">
          <p class="empty">Asking the gateway…</p>
        </main>
      </>
    );
  }
  return (
    <AccessContext.Provider value={access}>
      <App onSignOut={onSignOut} onRefused={() => onRefused('The gateway no longer accepts the token of this tab.')} />
    </AccessContext.Provider>
  );
}

/** Why the token is not good, or undefined where that is not known. */
export function refusalOf(error: Error | undefined): string | undefined {
  if (!(error instanceof HttpError)) return undefined;
  if (error.status === 401) return 'The gateway does not accept this token.';
  if (error.status !== 403) return undefined;
  return `${error.refusal.message ?? 'This token may not do that.'}`;
}
