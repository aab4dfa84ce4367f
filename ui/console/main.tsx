/** The console: what the gateway does right now, and what an operator does about an outbox. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import '../parts/theme.css';
import '../parts/parts.css';
import '../graph/graph.css';
import './console.css';
import { App } from './app.tsx';
import { Login } from './login.tsx';
import { forgetToken, storedToken, storeToken, takeTokenFromAddress } from './session.ts';

function Console() {
  const [token, setToken] = useState<string | undefined>(() => takeTokenFromAddress() ?? storedToken());
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const onHash = () => {
      const given = takeTokenFromAddress();
      if (given) setToken(given);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);

  function leave(why: string): void {
    forgetToken();
    setProblem(why);
    setToken(undefined);
  }

  if (!token) {
    return (
      <Login
        problem={problem}
        onToken={(given) => {
          storeToken(given);
          setToken(given);
        }}
      />
    );
  }
  return (
    <App
      key={token}
      token={token}
      onSignOut={() => leave('')}
      onRefused={(wasAccepted) =>
        leave(
          wasAccepted
            ? 'The gateway no longer accepts the token of this tab.'
            : 'The gateway does not accept the token of this address or tab.',
        )
      }
    />
  );
}

render(<Console />, document.getElementById('app')!);
