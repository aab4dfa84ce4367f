/** Asks for the admin token and tries it before it is kept. */
import { useState } from 'preact/hooks';
import { HttpError } from '../parts/http.ts';
import { loadOverview } from './load.ts';

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
    if (given === '') return setProblem('Enter the admin token of this gateway.');
    setBusy(true);
    try {
      await loadOverview(given, AbortSignal.timeout(10_000));
      onToken(given);
    } catch (error) {
      const wrong = error instanceof HttpError && (error.status === 401 || error.status === 403);
      setProblem(
        wrong ? 'The gateway does not accept this token.' : `The gateway does not answer. ${(error as Error).message}.`,
      );
      setBusy(false);
    }
  }

  return (
    <main class="login">
      <form class="card login-card" onSubmit={submit}>
        <img src="icon.svg" alt="" width="44" height="44" />
        <h1>Spillway console</h1>
        <label for="token">Admin token</label>
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
        <p id="token-help" class="muted small">
          On this machine <code>npm start</code> prints an address with the token in it and stores the token in{' '}
          <code>.spillway/admin.json</code>. On Cloudflare it is the Worker’s secret <code>ADMIN_TOKEN</code>. It is
          kept in this tab only.
        </p>
      </form>
    </main>
  );
}
