/** Labels that a token forces: set first, before the tenant's pipeline sees the data, whatever the sender sent. */
import { TENANT_LABEL } from '../../core/delivery/encode.ts';
import type { LabelsBuilder } from '../../core/labels/labels.ts';
import { LabelsBuilder as Builder } from '../../core/labels/labels.ts';
import type { MetricsReceiver } from '../../core/pipeline/nodes.ts';
import { mapProfileLabels, withLabels } from '../../core/pipeline/profile-labels.ts';
import type { LogsBatch, ProfilesBatch } from '../../core/pipeline/signals.ts';

export type ForcedLabels = Readonly<Record<string, string>>;

export function withForcedLabels(entry: readonly MetricsReceiver[], forced: ForcedLabels): readonly MetricsReceiver[] {
  if (Object.keys(forced).length === 0 || entry.length === 0) return entry;
  const node = {
    kind: 'transform' as const,
    componentId: 'token',
    apply: (labels: LabelsBuilder) => {
      setAll(labels, forced);
      return true;
    },
    next: () => entry,
  };
  return [{ signal: 'metrics', nodes: () => [node] }];
}

/** For the label that tells the replicas of a pair apart: what goes on must look the same from both. */
export function withoutLabel(entry: readonly MetricsReceiver[], name: string): readonly MetricsReceiver[] {
  if (entry.length === 0) return entry;
  const node = {
    kind: 'transform' as const,
    componentId: 'ha_tracker',
    apply: (labels: LabelsBuilder) => {
      labels.delete(name);
      return true;
    },
    next: () => entry,
  };
  return [{ signal: 'metrics', nodes: () => [node] }];
}

/**
 * Lines as the pipeline gets them. The label that names the tenant at the destination (`X-Scope-OrgID`) is the pipeline's to
 * set: from a sender it would be a way to write into somebody else's Loki.
 */
export function forceLogLabels(batch: LogsBatch, forced: ForcedLabels): LogsBatch {
  const own = withoutTenantLabel(batch);
  if (Object.keys(forced).length === 0) return own;
  const streams = own.streams.map((stream) => {
    const labels = new Builder(stream.labels);
    setAll(labels, forced);
    return { ...stream, labels: labels.labels() };
  });
  return { ...own, streams };
}

function withoutTenantLabel(batch: LogsBatch): LogsBatch {
  const isTenant = ({ name }: { readonly name: string }) => name === TENANT_LABEL;
  if (!batch.streams.some(({ labels }) => labels.some(isTenant))) return batch;
  const streams = batch.streams.map((stream) => {
    return { ...stream, labels: stream.labels.filter((label) => !isTenant(label)) };
  });
  return { ...batch, streams };
}

export function forceProfileLabels(batch: ProfilesBatch, forced: ForcedLabels): ProfilesBatch {
  return mapProfileLabels(batch, (labels) => withLabels(labels, Object.entries(forced)));
}

function setAll(labels: LabelsBuilder, forced: ForcedLabels): void {
  for (const [name, value] of Object.entries(forced)) labels.set(name, value);
}
