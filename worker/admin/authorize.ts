/** The admin API takes one token, a secret of the deployment. Compared as hashes, so timing tells nothing of it. */
import type { MiddlewareHandler } from 'hono';
import { tokenFromHeaders } from '../auth/credentials.ts';
import { sameSecret, sha256Hex } from '../auth/token.ts';
import type { Env } from '../env.ts';

export const requireAdmin: MiddlewareHandler<{ Bindings: Env }> = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  const { ADMIN_TOKEN } = c.env;
  if (ADMIN_TOKEN === undefined || ADMIN_TOKEN === '') {
    return c.json(
      { error: 'admin_disabled', message: 'This gateway has no ADMIN_TOKEN secret, so its admin API is off.' },
      503,
    );
  }
  const given = tokenFromHeaders(c.req.raw.headers);
  if (given === undefined || !sameSecret(given, sha256Hex(ADMIN_TOKEN))) {
    return c.json({ error: 'unauthenticated', message: 'Send "Authorization: Bearer <admin token>".' }, 401);
  }
  await next();
};
