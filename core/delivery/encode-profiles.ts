/**
 * From a batch of profiles to the requests that carry it: all pushed series in one, each ingested profile in its own. The
 * profiles are compressed by whoever made them, so nothing is compressed here.
 */
import type { ProfileSeries, ProfilesBatch } from '../pipeline/signals.ts';
import { ingestPath } from '../wire/pyroscope/ingest.ts';
import { profilesIn } from '../wire/pyroscope/profile-series.ts';
import {
  encodePyroscopePush,
  type PushedSeries,
  PYROSCOPE_PUSH_CONTENT_TYPE,
  PYROSCOPE_PUSH_PATH,
} from '../wire/pyroscope/push.ts';
import type { Payload } from './destination.ts';

export function encodeProfilesPayloads(batch: ProfilesBatch): Payload[] {
  const pushed = batch.series.filter(isPushed);
  const payloads: Payload[] = [];
  if (pushed.length > 0) payloads.push(pushPayload(pushed, batch.encoded));
  for (const { labels, content } of batch.series) {
    if (content.kind !== 'ingest') continue;
    const { contentType, body } = content;
    const path = ingestPath(labels, content);
    payloads.push({ signal: 'profiles', contentType, contentEncoding: '', body, items: 1, path });
  }
  return payloads;
}

function pushPayload(series: readonly PushedSeries[], encoded: Uint8Array | undefined): Payload {
  return {
    signal: 'profiles',
    contentType: PYROSCOPE_PUSH_CONTENT_TYPE,
    contentEncoding: '',
    body: encoded ?? encodePyroscopePush(series),
    items: series.reduce((profiles, one) => profiles + profilesIn(one), 0),
    path: PYROSCOPE_PUSH_PATH,
  };
}

function isPushed(series: ProfileSeries): series is PushedSeries {
  return series.content.kind === 'push';
}
