/**
 * Headers on every answer that a browser may meet. No answer ever carries an Access-Control header: no other site's page
 * has business here, and the admin API takes a bearer token, which browsers never send by themselves.
 */
import type { MiddlewareHandler } from 'hono';

const ONE_YEAR_SECONDS = 365 * 24 * 60 * 60;

export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  // Not c.res.headers: those of an answer that another service made cannot be changed in place.
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
  if (c.req.url.startsWith('https:')) c.header('Strict-Transport-Security', `max-age=${ONE_YEAR_SECONDS}`);
  // The pages have a policy of their own; everything else is data, whatever a browser may take it for.
  if (!c.res.headers.has('Content-Security-Policy')) {
    c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  }
};
