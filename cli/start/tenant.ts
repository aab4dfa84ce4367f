/** The tenant of this machine: made on the first start, found again on the next. */
import type { AdminClient } from '../admin/client.ts';
import { AdminError } from '../admin/client.ts';
import type { StateFolder } from './state-folder.ts';

export const TENANT = 'home';

export interface PreparedTenant {
  readonly token: string;
  readonly created: boolean;
}

export async function prepareTenant(client: AdminClient, state: StateFolder): Promise<PreparedTenant> {
  const { tenants } = await client.json<{ tenants: readonly { name: string }[] }>('tenants');
  const exists = tenants.some(({ name }) => name === TENANT);
  if (!exists) await client.json('tenants', { method: 'POST', json: { name: TENANT } });
  const known = state.tenant();
  // A token of a gateway whose data was removed means nothing to the new one.
  if (exists && known) return { token: known.token, created: false };
  const json = { name: 'agent of npm start', scopes: ['agent'] };
  const { token } = await client.json<{ token: string }>(`tenants/${TENANT}/tokens`, { method: 'POST', json });
  state.writeTenant({ tenant: TENANT, token });
  return { token, created: true };
}

/** Sets the pipeline where it is not already the current one. */
export async function setPipeline(client: AdminClient, text: string, file: string): Promise<void> {
  if ((await currentPipeline(client)) === text) return;
  try {
    await client.send(`tenants/${TENANT}/pipeline?filename=${encodeURIComponent(file)}`, { method: 'PUT', text });
  } catch (error) {
    if (!(error instanceof AdminError) || error.status !== 422) throw error;
    const { diagnostics } = error.body as { diagnostics: readonly { excerpt: string }[] };
    const texts = diagnostics.map(({ excerpt }) => excerpt.trimEnd()).join('\n\n');
    throw new Error(`the gateway does not take the pipeline ${file}:\n\n${texts}`);
  }
}

async function currentPipeline(client: AdminClient): Promise<string | undefined> {
  try {
    return (await client.send(`tenants/${TENANT}/pipeline`)).text;
  } catch (error) {
    if (error instanceof AdminError && error.status === 404) return undefined;
    throw error;
  }
}
