/** One authenticated push on its way through the gateway. */
import type { Env } from '../env.ts';
import type { AgentSighting } from '../hub/messages.ts';
import type { TenantReport } from '../hub/report-buffer.ts';
import type { TokenRecord } from '../tenants/tenant.ts';

export interface PushContext {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly tenant: string;
  readonly token: TokenRecord;
  readonly report: TenantReport;
  /** Who pushes, for the console. */
  readonly sighting: AgentSighting;
  /**
   * An agent keeps what is refused for now and sends the whole batch again, so nothing of it is delivered before. Other
   * senders may give up: what can be taken of their push is taken.
   */
  readonly comesAgain: boolean;
}
