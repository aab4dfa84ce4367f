/** Where a pipeline is in the admin API. */
import { tenantPath } from '../admin/client.ts';

/** Undefined: the default pipeline of the gateway. */
export function pipelinePath(owner: string | undefined): string {
  return owner === undefined ? '/default-pipeline' : `${tenantPath(owner)}/pipeline`;
}
