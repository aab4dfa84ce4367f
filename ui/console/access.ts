/** Who looks at the console and what that one may do. Parts that change something ask here whether to show their buttons. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { AdminApi } from './admin/client.ts';

/** GET /admin/v1/whoami */
export interface Principal {
  readonly kind: 'root' | 'operator' | 'tenant';
  /** `root`, `operator:NAME`, `token:ID`. */
  readonly name: string;
  readonly role: 'admin' | 'viewer' | 'metrics';
  /** Of a tenant's token: the one tenant that there is for it. */
  readonly tenant?: string;
  readonly expiresAtMs: number | null;
}

export interface Access {
  readonly token: string;
  readonly principal: Principal;
  readonly api: AdminApi;
  readonly mayChange: boolean;
  /** A tenant does not set what protects the others from it. */
  readonly maySetLimits: boolean;
  /** Sees every tenant and the gateway's own settings. */
  readonly seesGateway: boolean;
}

export function accessOf(token: string, principal: Principal, api: AdminApi): Access {
  const { kind, role } = principal;
  const mayChange = role === 'admin';
  const seesGateway = kind !== 'tenant';
  return { token, principal, api, mayChange, maySetLimits: mayChange && seesGateway, seesGateway };
}

/** Why the console is nothing for this one, or undefined. */
export function unfit({ role }: Principal): string | undefined {
  return role === 'metrics'
    ? 'This token is for a Prometheus: its role “metrics” reads /admin/v1/metrics and nothing else. The console takes an operator with the role admin or viewer.'
    : undefined;
}

export const AccessContext = createContext<Access | undefined>(undefined);

export function useAccess(): Access {
  const access = useContext(AccessContext);
  if (access === undefined) throw new Error('nobody is signed in here');
  return access;
}
