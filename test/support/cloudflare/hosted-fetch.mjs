/**
 * Loaded into `npm run deploy` by NODE_OPTIONS: what it asks of https://… goes to the fake Cloudflare at FAKE_CLOUDFLARE,
 * which stands for DNS and TLS. wrangler's own calls go there by CLOUDFLARE_API_BASE_URL and do not pass here.
 */
const real = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url);
  if (url.protocol !== 'https:') return real(input, init);
  return real(`${process.env.FAKE_CLOUDFLARE}/hosted/${url.host}${url.pathname}${url.search}`, init);
};
