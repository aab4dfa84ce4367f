/** The stub of a tenant's hub. A new one for each call: a stub is broken after an exception. */
import type { Env } from '../env.ts';
import type { CollectedSamples } from './live-samples.ts';
import type {
  BacklogNoted,
  BacklogNotice,
  HubOverview,
  HubReport,
  LeaseGrant,
  LeaseRequest,
  SampleOffer,
  SamplesAfter,
  SamplesAsked,
  SamplesRequest,
  TokensUsed,
  UsageDay,
  UsageRequest,
} from './messages.ts';

export interface TenantHubRpc {
  lease(request: LeaseRequest): Promise<LeaseGrant>;
  report(report: HubReport): Promise<void>;
  /** A hub of an older version answers nothing. */
  noteBacklog(notice: BacklogNotice): Promise<BacklogNoted | undefined>;
  settingsChanged(message: { readonly v: number }): Promise<void>;
  overview(request: { readonly v: number }): Promise<HubOverview>;
  askForSamples(request: SamplesRequest): Promise<SamplesAsked>;
  offerSample(offer: SampleOffer): Promise<void>;
  samplesAfter(request: SamplesAfter): Promise<CollectedSamples>;
  tokensUsed(request: { readonly v: number }): Promise<TokensUsed>;
  /** The newest day first. */
  usage(request: UsageRequest): Promise<readonly UsageDay[]>;
}

/** The platform's own stub type turns unions of plain data inside out; this one says the same in our words. */
export function tenantHub(env: Env, tenant: string): TenantHubRpc {
  return env.TENANT_HUB.get(env.TENANT_HUB.idFromName(tenant)) as unknown as TenantHubRpc;
}
