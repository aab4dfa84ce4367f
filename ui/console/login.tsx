/** Asks for a token and tries it before it is kept. */
import { useState } from 'preact/hooks';
import { type Principal, unfit } from './access.ts';
import { failureOf } from './admin/act.tsx';
import { AdminApi } from './admin/client.ts';
import { refusalOf } from './signed-in.tsx';

interface LoginProps {
  /** Why it asks, where there is something to say. */
  readonly problem: string;
  onToken(token: string): void;
}

export function Login({ problem: reason, onToken }: LoginProps) {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(reason);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const given = token.trim();
    if (given === '') return setProblem('Enter a token of this gateway.');
    setBusy(true);
    try {
      const why = unfit(await new AdminApi(given).get<Principal>('/whoami', AbortSignal.timeout(10_000)));
      if (why === undefined) return onToken(given);
      setProblem(why);
    } catch (error) {
      setProblem(refusalOf(error as Error) ?? failureOf(error, Date.now()).text);
    }
    setBusy(false);
  }

  return (
    <main class="login">
      <form class="card login-card" onSubmit={submit}>
        <img src="icon.svg" alt="" width="44" height="44" />
        <h1>Spillway console</h1>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          autofocus
          value={token}
          aria-invalid={problem !== ''}
          aria-describedby="token-help token-problem"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <p id="token-problem" class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Checking…' : 'Open the console'}
        </button>
        <div id="token-help" class="login-help muted small">
          <p>Good are:</p>
          <dl>
            <dt>the admin token</dt>
            <dd>
              of the whole gateway. <code>npm start</code> prints an address with it, <code>npx spillway serve</code>{' '}
              the name of the file that holds it; on Cloudflare it is the Worker’s secret <code>ADMIN_TOKEN</code>
            </dd>
            <dt>
              an operator’s, <code>spo_…</code>
            </dt>
            <dd>role admin, or viewer to look only</dd>
            <dt>
              a tenant’s, <code>spw_…</code>
            </dt>
            <dd>scope admin or read: that tenant only. Tokens that push are not taken</dd>
          </dl>
          <p>It is kept in this tab only.</p>
        </div>
      </form>
    </main>
  );
}
