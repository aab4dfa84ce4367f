/**
 * What a simulation came to, as a text to commit: each item and where it ended, without the way there, so that a
 * pipeline may be rewritten as long as it does the same. Lines that begin with "#" are comments.
 *
 *   1. up{job="api"} 1
 *      prometheus.remote_write.mimir: up{cluster="eu", job="api"} 1
 *   2. go_goroutines{job="api"} 12
 *      prometheus.relabel.filter: dropped by rule[0]
 */
import { formatState } from './report.ts';
import type { Hop, Simulation } from './trace.ts';

export function expectationOf({ traces }: Simulation): string {
  const lines: string[] = [];
  for (const { number, input, ways } of traces) {
    lines.push(input === undefined ? 'end of input' : `${number}. ${formatState(input)}`);
    const ends = ways.flatMap(({ hops }) => (hops.length === 0 ? ['lost: nothing takes it'] : hops.flatMap(endsOf)));
    for (const end of ends) lines.push(`   ${end}`);
  }
  return `${lines.join('\n')}\n`;
}

function endsOf(hop: Hop): string[] {
  const { componentId, destination = componentId, kind, end, results, steps } = hop;
  if (kind === 'destination' || kind === 'consumer') {
    const sent = results.map(
      ({ state }) => `${destination}: ${formatState(state)}${kind === 'consumer' && hop.url ? ` ${hop.url}` : ''}`,
    );
    return end === undefined
      ? sent
      : [
          ...sent,
          `${destination}: ${wordOf(end.outcome)}${byOf(end.step?.path)}${end.outcome === 'refused' ? `: ${end.reason}` : ''}`,
        ];
  }
  const held = steps.find((step) => step.outcome === 'held');
  const lines = held !== undefined && end === undefined ? [`${componentId}: held${byOf(held.path)}`] : [];
  if (end !== undefined) lines.push(`${componentId}: ${wordOf(end.outcome)}${byOf(end.step?.path)}`);
  return [...lines, ...results.flatMap(({ next }) => next.flatMap(endsOf))];
}

function byOf(path: string | undefined): string {
  return path === undefined || path === '' ? '' : ` by ${path}`;
}

function wordOf(outcome: NonNullable<Hop['end']>['outcome']): string {
  return outcome === 'no_receiver' ? 'lost: it forwards to nothing' : outcome;
}

/** Comments, line ends of Windows and blank lines mean nothing. */
export function significantLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
