/** Prometheus remote write 2.0, `io.prometheus.write.v2.Request`, from and to our internal form of metrics. */
export {
  decodeRemoteWrite2,
  type MetricCounts,
  type RejectedSeriesOf2,
  type RemoteWrite2Body,
} from './v2-decode.ts';
export { encodeRemoteWrite2 } from './v2-encode.ts';

export const REMOTE_WRITE_2_CONTENT_TYPE = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
export const REMOTE_WRITE_2_VERSION = '2.0.0';

/** The media type's `proto` parameter, as senders spell it: with spaces, quoted, in any case. */
export function isRemoteWrite2(contentType: string): boolean {
  return /;\s*proto\s*=\s*"?io\.prometheus\.write\.v2\.Request"?\s*(;|$)/i.test(contentType);
}
