/** A destination with what only a host decides: when its spool is synced, where it lies, how much it may hold. */
import type { Destination } from '../../core/delivery/destination.ts';
import { type SpoolBounds, spoolDefaults } from '../spool/spool-types.ts';

export interface HostDestination extends Destination {
  /** As `SpoolOptions` has it; fixed once the spool is open. */
  readonly syncIntervalMs?: number;
}

/** Without settings of its own a destination has the defaults of every spool. */
export function spoolBounds({ queue = {} }: Pick<Destination, 'queue'>): SpoolBounds {
  const { maxBytes, maxPayloads, maxItems, maxAgeMs } = { ...spoolDefaults, ...queue };
  return { maxBytes, maxPayloads, maxItems, maxAgeMs };
}

/**
 * The folder of a destination below that of its component, `default` where the component has one endpoint without a
 * name. The name of an endpoint is free text, so it is escaped: it must not climb out of the storage path.
 */
export function spoolFolderName(destination: Pick<Destination, 'id' | 'componentId'>): string {
  const { id, componentId } = destination;
  const endpoint = id.startsWith(componentId) ? id.slice(componentId.length).replace(/^\//, '') : id;
  return endpoint === '' ? 'default' : escapeFolderName(endpoint);
}

export function escapeFolderName(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));
}
