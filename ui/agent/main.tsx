/** The agent's pages: its components, the graph they form, and what passes each of them. They only read. */
import { render } from 'preact';
import '../parts/theme.css';
import '../parts/parts.css';
import '../graph/graph.css';
import './agent.css';
import { App } from './app.tsx';

render(<App />, document.getElementById('app')!);
