/**
 * Where in the console one is: `#tenant=home&outbox=loki.write.main`, so that alerts and people can link there. The tenant
 * looked at last is remembered for the next visit.
 */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  readonly tenant?: string;
  /** The destination whose outbox is shown. */
  readonly outbox?: string;
}

const KEY = 'spillway.tenant';

export function placeOfFragment(hash: string): Place {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const tenant = parts.get('tenant');
  const outbox = parts.get('outbox');
  return { ...(tenant ? { tenant } : {}), ...(tenant && outbox ? { outbox } : {}) };
}

export function placeHref({ tenant, outbox }: Place): string {
  const parts = Object.entries({ tenant, outbox }).filter((part): part is [string, string] => part[1] !== undefined);
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
