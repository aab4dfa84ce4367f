/** The sentences of an explanation. */
import type { ExplainedHop, ExplainedStep } from './api.ts';

export function stepText({ source, matched, pattern, outcome, changes, reason }: ExplainedStep): string {
  const parts: string[] = [];
  if (matched !== undefined) {
    const what = source === undefined ? (matched ? 'a name' : 'no name') : JSON.stringify(source);
    parts.push(`${what} ${source === undefined || matched ? 'matches' : 'does not match'} ${pattern ?? ''}`.trim());
  } else if (source !== undefined) {
    parts.push(JSON.stringify(source));
  }
  if (outcome === 'held') parts.push('holds the line back');
  if (outcome === 'split') parts.push('makes several lines');
  if (outcome === 'dropped') parts.push('drops it');
  if (outcome === 'passed' && changes.length === 0 && reason === undefined) parts.push('changes nothing');
  if (reason !== undefined && reason !== '') parts.push(reason);
  return parts.join(', ');
}

export function endText({ outcome, reason }: NonNullable<ExplainedHop['end']>): string {
  const word: Readonly<Record<string, string>> = {
    dropped: 'Dropped',
    held: 'Held back',
    refused: 'Refused',
    no_receiver: 'Lost',
  };
  return `${word[outcome] ?? outcome}: ${reason}`;
}
