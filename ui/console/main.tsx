/** The console: what the gateway does right now. It only reads; changes are made with the `spillway` command. */
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
  const [refused, setRefused] = useState(false);

  useEffect(() => {
    const onHash = () => {
      const given = takeTokenFromAddress();
      if (given) setToken(given);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);

  function leave(becauseRefused: boolean): void {
    forgetToken();
    setRefused(becauseRefused);
    setToken(undefined);
  }

  if (!token) {
    return (
      <Login
        refused={refused}
        onToken={(given) => {
          storeToken(given);
          setToken(given);
        }}
      />
    );
  }
  return <App key={token} token={token} onSignOut={() => leave(false)} onRefused={() => leave(true)} />;
}

render(<Console />, document.getElementById('app')!);
