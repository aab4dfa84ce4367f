/** A destination with what only a host decides: how much its spool may hold. */
import type { Destination } from '../../core/delivery/destination.ts';

export interface HostDestination extends Destination {
  readonly spool?: SpoolBounds;
}

export interface SpoolBounds {
  readonly maxBytes: number;
  /** 0: no bound. */
  readonly maxAgeMs: number;
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
