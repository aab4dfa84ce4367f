/** Health of this gateway: alive means that code runs, ready means that the database answers and is migrated. */
import type { Env } from '../env.ts';
import { probeDatabase } from '../tenants/repository.ts';
import { within } from '../timeout.ts';
import { errorText, log } from './log.ts';

const PROBE_TIMEOUT_MS = 2_000;
const RETRY_AFTER_SECONDS = '5';

export function healthy(): Response {
  return new Response('Healthy\n');
}

export async function ready(env: Env): Promise<Response> {
  try {
    await within(PROBE_TIMEOUT_MS, probeDatabase(env.DB));
    return new Response('Ready\n');
  } catch (error) {
    log('error', 'not_ready', { error: errorText(error) });
    const headers = { 'Retry-After': RETRY_AFTER_SECONDS };
    return new Response('Not ready: the database does not answer or its migrations have not run\n', {
      status: 503,
      headers,
    });
  }
}
