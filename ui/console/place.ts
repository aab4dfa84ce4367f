/**
 * Where in the console one is: `#tenant=home&outbox=loki.write.main`, `#tenant=home&section=tokens`, `#gateway=operators`,
 * so that alerts and people can link there. The tenant looked at last is remembered for the next visit.
 */
import { useEffect, useState } from 'preact/hooks';

export const TENANT_SECTIONS = ['tokens', 'pipeline', 'secrets', 'limits', 'usage', 'audit'] as const;
export type TenantSection = (typeof TENANT_SECTIONS)[number];
export const GATEWAY_SECTIONS = ['tenants', 'pipeline', 'secrets', 'operators', 'audit'] as const;
export type GatewaySection = (typeof GATEWAY_SECTIONS)[number];

export interface Place {
  readonly tenant?: string;
  /** The destination whose outbox is shown. */
  readonly outbox?: string;
  /** Of the tenant's page; without one the overview. */
  readonly section?: TenantSection;
  /** Of the gateway's own page. */
  readonly gateway?: GatewaySection;
}

const KEY = 'spillway.tenant';

export function placeOfFragment(hash: string): Place {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const gateway = GATEWAY_SECTIONS.find((name) => name === parts.get('gateway'));
  if (gateway) return { gateway };
  const tenant = parts.get('tenant');
  if (!tenant) return {};
  const outbox = parts.get('outbox');
  if (outbox) return { tenant, outbox };
  const section = TENANT_SECTIONS.find((name) => name === parts.get('section'));
  return section ? { tenant, section } : { tenant };
}

export function placeHref(place: Place): string {
  const parts = Object.entries(place).filter((part): part is [string, string] => part[1] !== undefined);
  return `#${new URLSearchParams(parts)}`;
}

/** Follows the address, which links and the browser's buttons change. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOfFragment(location.hash));
  useEffect(() => {
    const onHash = () => setPlace(placeOfFragment(location.hash));
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
  return place;
}

export function rememberedTenant(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export function rememberTenant(name: string): void {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Storage is forbidden here; the next visit opens on the tenant with the newest data.
  }
}
