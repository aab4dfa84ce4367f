/** Whether what was decoded may come in now: rates, a batch that came before, and which replica of a pair is taken. */
import { tokenRates } from '../../core/limits/rates.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import type { Outcome } from '../../core/outcome.ts';
import { type Admission, admit, type Demand } from '../hub/admit.ts';
import { knownLimits, type LimitedToken } from '../hub/lease-cache.ts';
import type { BatchKey, Replica } from '../hub/messages.ts';
import type { TokenRecord } from '../tenants/tenant.ts';
import type { PushContext } from './context.ts';
import { toFailure } from './decode-failure.ts';
import { replicaOf } from './demands.ts';
import type { Decoded } from './protocol.ts';

export async function admitDecoded(
  { env, tenant, token }: PushContext,
  decoded: readonly Decoded[],
  demands: readonly Demand[],
  batch?: BatchKey,
): Promise<Outcome<Admission>> {
  try {
    const ha = firstReplica(decoded, knownLimits(tenant));
    const admission = await admit(env, tenant, demands, {
      ...(batch && { batch }),
      ...(ha && { ha }),
      token: limitedToken(token),
    });
    if (!admission.ok || ha !== undefined || admission.value.duplicate) return admission;
    // The first push of an isolate learns only now that replicas are to be told apart.
    const late = firstReplica(decoded, admission.value.limits);
    return late === undefined ? admission : await admit(env, tenant, [], { ha: late });
  } catch (error) {
    // Counting the items may be the first look into the body.
    return toFailure(error);
  }
}

/** Undefined for nearly all: only the tenant's rates hold. */
export function limitedToken({ id, name, limits }: TokenRecord): LimitedToken | undefined {
  const rates = tokenRates(limits);
  return rates && { id, name, rates };
}

/** The replica is the sender's, so that of the first series of any section holds for all of them. */
function firstReplica(decoded: readonly Decoded[], limits: TenantLimits): Replica | undefined {
  if (!limits.metrics.accept_ha_samples) return undefined;
  return decoded.map((one) => replicaOf(one, limits)).find((replica) => replica !== undefined);
}
