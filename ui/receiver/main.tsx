/** The receiver's page: what arrived, as it arrives, and a switch to play an outage. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import '../parts/theme.css';
import '../parts/parts.css';
import './receiver.css';
import { App } from './app.tsx';

render(<App />, document.getElementById('app')!);
