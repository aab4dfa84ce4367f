/** How much waits, and whether more of it keeps to the bounds. */
import type { Payload } from '../../core/delivery/destination.ts';
import type { Pending } from './recovery.ts';
import type { SpoolBounds } from './spool-types.ts';

export function sizeOf(payloads: readonly Payload[]): Pending {
  const size = { records: payloads.length, bytes: 0, items: 0 };
  for (const { body, items } of payloads) {
    size.bytes += body.length;
    size.items += items;
  }
  return size;
}

export function exceeds(pending: Readonly<Pending>, incoming: Readonly<Pending>, bounds: SpoolBounds): boolean {
  return (
    pending.bytes + incoming.bytes > bounds.maxBytes ||
    pending.records + incoming.records > bounds.maxPayloads ||
    pending.items + incoming.items > bounds.maxItems
  );
}

/** For people who ask why an append was refused. */
export function fullText(pending: Readonly<Pending>, { maxBytes, maxPayloads, maxItems }: SpoolBounds): string {
  const bounds = [
    `${pending.bytes} of ${maxBytes} bytes`,
    ...(maxPayloads < Number.POSITIVE_INFINITY ? [`${pending.records} of ${maxPayloads} payloads`] : []),
    ...(maxItems < Number.POSITIVE_INFINITY ? [`${pending.items} of ${maxItems} items`] : []),
  ];
  return `the spool holds ${bounds.join(', ')}`;
}
