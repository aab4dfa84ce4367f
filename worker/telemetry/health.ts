/** Health of this gateway: alive means that code runs, ready means that the database answers and has every migration. */
import type { Env } from '../env.ts';
import { missingMigrations } from '../tenants/missing-migrations.ts';
import { within } from '../timeout.ts';
import { errorText, log } from './log.ts';

const PROBE_TIMEOUT_MS = 2_000;
const RETRY_AFTER_SECONDS = '5';

export function healthy(): Response {
  return new Response('Healthy\n');
}

export async function ready(env: Env): Promise<Response> {
  try {
    const missing = await within(PROBE_TIMEOUT_MS, missingMigrations(env.DB));
    if (missing.length === 0) return new Response('Ready\n');
    log('error', 'not_ready', { missingMigrations: missing.join(' ') });
    return notReady(`these migrations of the database have not run: ${missing.join(', ')}`);
  } catch (error) {
    log('error', 'not_ready', { error: errorText(error) });
    return notReady('the database does not answer');
  }
}

function notReady(why: string): Response {
  return new Response(`Not ready: ${why}\n`, { status: 503, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
}
