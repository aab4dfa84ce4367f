/** One authenticated push on its way through the gateway. */
import type { Env } from '../env.ts';
import type { TenantReport } from '../hub/report-buffer.ts';
import type { TokenRecord } from '../tenants/tenant.ts';

export interface PushContext {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly tenant: string;
  readonly token: TokenRecord;
  readonly report: TenantReport;
}
