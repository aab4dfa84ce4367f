/** Runs a batch of profiles through the graph of profile receivers. Only labels are read; profiles stay as they came. */
import type { Destination } from '../delivery/destination.ts';
import { type ProfileContent, profilesIn } from '../wire/pyroscope/profile-series.ts';
import type { ProfilesReceiver } from './nodes.ts';
import { type ProfilesObserver, tellFlow } from './observer.ts';
import { countProfiles, type ProfilesBatch } from './signals.ts';

export interface ProfilesPlanOutput {
  readonly destination: Destination;
  readonly batch: ProfilesBatch;
  readonly profiles: number;
}

/** In profiles. */
export interface ProfilesPlanResult {
  readonly outputs: readonly ProfilesPlanOutput[];
  readonly received: number;
  /** Profiles that no destination got. */
  readonly dropped: number;
  /** Where profiles ended, also those that reached a destination another way. */
  readonly drops: readonly { readonly componentId: string; readonly reason: string; readonly profiles: number }[];
}

export function runProfilesPlan(
  entry: readonly ProfilesReceiver[],
  batch: ProfilesBatch,
  observer?: ProfilesObserver,
): ProfilesPlanResult {
  const outputs: ProfilesPlanOutput[] = [];
  const drops = new Map<string, { componentId: string; reason: string; profiles: number }>();
  const drop = (componentId: string, reason: string, profiles: number): void => {
    const key = `${componentId}\n${reason}`;
    const known = drops.get(key);
    if (known === undefined) drops.set(key, { componentId, reason, profiles });
    else known.profiles += profiles;
  };
  const visit = (receivers: readonly ProfilesReceiver[], current: ProfilesBatch, from: string): void => {
    const nodes = receivers.flatMap((receiver) => receiver.nodes());
    const profiles = countProfiles(current);
    if (nodes.length === 0) drop(from, 'no_receiver', profiles);
    if (observer !== undefined) tellFlow(observer, from, nodes, profiles);
    for (const node of nodes) {
      const { componentId } = node;
      const dropHere = (reason: string, lost: number) => drop(componentId, reason, lost);
      const next = node.kind === 'destination' ? node.transform(current) : node.transform(current, dropHere);
      observer?.profiles?.(componentId, current, next);
      if (node.kind === 'destination') {
        outputs.push({ destination: node.destination, batch: next, profiles: countProfiles(next) });
      } else if (next.series.length > 0) visit(node.next(), next, componentId);
    }
  };
  if (batch.series.length > 0) visit(entry, batch, '');
  const received = countProfiles(batch);
  return { outputs, received, dropped: received - distinctProfiles(outputs), drops: [...drops.values()] };
}

/** A profile that two destinations got counts once. */
function distinctProfiles(outputs: readonly ProfilesPlanOutput[]): number {
  const reached = new Set<ProfileContent>();
  let profiles = 0;
  for (const series of outputs.flatMap(({ batch }) => batch.series)) {
    if (reached.has(series.content)) continue;
    reached.add(series.content);
    profiles += profilesIn(series);
  }
  return profiles;
}
