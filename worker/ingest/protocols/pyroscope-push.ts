/** Pyroscope's push API: a unary call of Connect, protobuf or JSON. What profilers without an SDK of their own and Alloy send. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { countProfiles, type ProfilesBatch } from '../../../core/pipeline/signals.ts';
import {
  decodePyroscopePush,
  PYROSCOPE_PUSH_CONTENT_TYPE,
  PYROSCOPE_PUSH_PATH,
} from '../../../core/wire/pyroscope/push.ts';
import { decodePyroscopePushJson } from '../../../core/wire/pyroscope/push-json.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, mediaType, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { connectResponder } from '../respond-connect.ts';

const JSON_TYPE = 'application/json';

const CONNECT: readonly Accepted[] = [
  { kind: 'protobuf', types: [PYROSCOPE_PUSH_CONTENT_TYPE], encodings: ['', 'identity', 'gzip'] },
  { kind: 'json', types: [JSON_TYPE], encodings: ['', 'identity', 'gzip'] },
];

export const pyroscopePush: PushProtocol = {
  name: 'pyroscope_push',
  signal: 'profiles',
  unit: 'profiles',
  routes: [{ method: 'POST', path: PYROSCOPE_PUSH_PATH }],
  negotiate: (headers) => negotiate(headers, CONNECT),
  async decode(body, format, { maxBytes }) {
    const bytes = await decompress(body, format, maxBytes);
    const batch: ProfilesBatch =
      format.kind === 'json'
        ? { signal: 'profiles', series: decodePyroscopePushJson(decodeUtf8(bytes)) }
        : { signal: 'profiles', series: decodePyroscopePush(bytes), encoded: bytes };
    const profiles = countProfiles(batch);
    return { batch, items: () => profiles, bytes: bytes.length };
  },
  /** An empty PushResponse is no bytes in protobuf. */
  responder: ({ contentType }) =>
    mediaType(contentType) === JSON_TYPE
      ? connectResponder(() => new Response('{}', { headers: { 'Content-Type': JSON_TYPE } }))
      : connectResponder(() => new Response('', { headers: { 'Content-Type': PYROSCOPE_PUSH_CONTENT_TYPE } })),
};
