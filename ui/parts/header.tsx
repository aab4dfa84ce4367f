/** The bar at the top of every page: what this is, whether what it shows is current, and a place for actions. */
import type { ComponentChildren } from 'preact';
import { formatClock, formatDuration } from '../format/time.ts';
import type { Polled } from './poll.ts';

interface HeaderProps {
  readonly title: string;
  readonly place: string;
  /** Address of the icon, for pages whose own address has more than one part. */
  readonly icon?: string;
  readonly children?: ComponentChildren;
}

export function Header({ title, place, icon = 'icon.svg', children }: HeaderProps) {
  return (
    <header class="bar">
      <div class="bar-inner">
        <span class="brand">
          <img src={icon} alt="" width="26" height="26" />
          <span class="brand-name">{title}</span>
          <span class="brand-place">{place}</span>
        </span>
        <span class="bar-actions">{children}</span>
      </div>
    </header>
  );
}

/** What the page shows is only as good as its last answer: say so where the eye is first. */
export function Freshness({ polled, paused, nowMs }: { polled: Polled<unknown>; paused?: boolean; nowMs: number }) {
  if (paused) return <span class="freshness freshness-old">Paused</span>;
  if (polled.failingSinceMs !== undefined) {
    return <span class="freshness freshness-old">No answer for {formatDuration(nowMs - polled.failingSinceMs)}</span>;
  }
  if (polled.loadedAtMs === undefined) return <span class="freshness">Connecting…</span>;
  return (
    <span class="freshness freshness-live" title={`Last answer at ${formatClock(polled.loadedAtMs)}`}>
      Live
    </span>
  );
}

/** Shown under the bar while there is no answer. What is below stays, and is marked as old. */
export function NoAnswer({ who, polled, advice }: { who: string; polled: Polled<unknown>; advice: string }) {
  if (!polled.error) return null;
  return (
    <div class="notice notice-trouble" role="alert">
      <strong>{who} does not answer.</strong> {polled.error.message}.{' '}
      {polled.loadedAtMs === undefined ? '' : `What you see is from ${formatClock(polled.loadedAtMs)}. `}
      {advice}
    </div>
  );
}
