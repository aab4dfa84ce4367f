/**
 * Pyroscope's older API, which its SDKs speak: labels in the query, and a body in one of a dozen formats that is passed on
 * as it came, with the content type it came with (the boundary of a multipart body stands there).
 */
import { decodePyroscopeIngest, PYROSCOPE_INGEST_PATH } from '../../../core/wire/pyroscope/ingest.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { connectResponder } from '../respond-connect.ts';

const ANY_TYPE: readonly Accepted[] = [{ kind: 'opaque', types: [''], encodings: ['', 'identity', 'gzip'] }];

/** Pyroscope says 422 where it could read a request and did not take the profile. */
const NOT_TAKEN = 422;

export const pyroscopeIngest: PushProtocol = {
  name: 'pyroscope_ingest',
  signal: 'profiles',
  unit: 'profiles',
  routes: [PYROSCOPE_INGEST_PATH, `/pyroscope${PYROSCOPE_INGEST_PATH}`].map((path) => ({ method: 'POST', path })),
  negotiate: ({ contentEncoding }) => negotiate({ contentType: '', contentEncoding }, ANY_TYPE),
  async decode(compressed, format, { maxBytes, url, contentType }) {
    const body = await decompress(compressed, format, maxBytes);
    const series = decodePyroscopeIngest(url.search, contentType, body);
    return { batch: { signal: 'profiles', series: [series] }, items: () => 1, bytes: body.length };
  },
  responder: () => connectResponder(() => new Response(null, { status: 200 }), { destination_rejected: NOT_TAKEN }),
};
