/** An entry of the audit log in few words. Pure. */
import type { AuditEntryView } from './types.ts';

/** What came of an act: undefined where it was done. */
export function refusedText({ status }: Pick<AuditEntryView, 'status'>): string | undefined {
  if (status === 0) return 'end not recorded';
  return status < 400 ? undefined : `refused, ${status}`;
}

/** `name=web scopes=agent, read`: nothing of what is null. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(', ') : textOf(value)}`)
    .join(' · ');
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
