/**
 * Profiles of one label set as they travel through a pipeline. Rules see labels only; the profiles themselves are bytes
 * that nobody here looks into. Content is shared, never copied: two series with the same content object are one push.
 */
import type { Labels } from '../../labels/labels.ts';

export interface ProfileSeries {
  readonly labels: Labels;
  readonly content: ProfileContent;
}

export type ProfileContent = PushedProfiles | IngestedProfile;

/** A series of `push.v1.PusherService/Push`. */
export interface PushedProfiles {
  readonly kind: 'push';
  /** Each an encoded `push.v1.RawSample`, byte for byte as it came. */
  readonly samples: readonly Uint8Array[];
}

/** The body of one request to `/ingest`, in whatever format its query and content type say. */
export interface IngestedProfile {
  readonly kind: 'ingest';
  /** What `name` of the query says; while the series has these very labels, the query goes on as it came. */
  readonly labels: Labels;
  /** As in a URL, without "?". */
  readonly query: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export function profilesIn({ content }: ProfileSeries): number {
  return content.kind === 'push' ? content.samples.length : 1;
}
