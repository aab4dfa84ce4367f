/** The console: what the gateway does right now, and how it is administered. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import '../parts/theme.css';
import '../parts/parts.css';
import '../graph/graph.css';
import './console.css';
import './admin/admin.css';
import './pipeline/pipeline.css';
import './limits/limits.css';
import { forgetDrafts } from './drafts.ts';
import { Login } from './login.tsx';
import { forgetToken, storedToken, storeToken, takeTokenFromAddress } from './session.ts';
import { SignedIn } from './signed-in.tsx';

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
    <SignedIn
      key={token}
      token={token}
      onSignOut={() => {
        forgetDrafts();
        leave('');
      }}
      onRefused={leave}
    />
  );
}

render(<Console />, document.getElementById('app')!);
