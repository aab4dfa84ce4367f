/** A request that may be redirected. Credentials go to the host that was configured and to no other. */
import { exchange, type HttpAnswer, type HttpExchange } from './http-request.ts';

export interface FollowOptions {
  readonly follow: boolean;
  /** Headers for the first host only. */
  readonly ownHeaders: HttpExchange['headers'];
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Throws after ten redirects. */
export async function exchangeFollowing(request: HttpExchange, options: FollowOptions): Promise<HttpAnswer> {
  const first = new URL(request.url);
  let url = first;
  let { method, body } = request;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const own = url.host === first.host && url.protocol === first.protocol ? options.ownHeaders : [];
    const { body: _body, ...rest } = request;
    const answer = await exchange({
      ...rest,
      url: url.href,
      method,
      headers: [...request.headers, ...own],
      ...(body === undefined ? {} : { body }),
    });
    const location = answer.header('location');
    if (!options.follow || !REDIRECTS.has(answer.status) || location === undefined) return answer;
    url = new URL(location, url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`redirected to ${url.protocol}//`);
    // RFC 9110, 15.4: only 307 and 308 keep the method.
    if (answer.status < 307 && method !== 'GET' && method !== 'HEAD') {
      method = 'GET';
      body = undefined;
    }
  }
  throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
}
