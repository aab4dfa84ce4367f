/** Sends remote write 1.0 bodies made from plain numbers, for tests that need exact timestamps. */
import { snappyEncode } from '../../core/codec/snappy.ts';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';

export interface TestSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

export function writeRequestBody(samples: readonly TestSample[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  for (const { labels, value, timestampMs } of samples) {
    builder.addSample(encodeLabelBlock(labelsFromRecord(labels)), value, timestampMs);
  }
  return builder.take();
}

export function pushBody(
  url: string,
  token: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      ...headers,
    },
    body: body as Uint8Array<ArrayBuffer>,
  });
}

export function push(gatewayUrl: string, token: string, samples: readonly TestSample[]): Promise<Response> {
  return pushBody(`${gatewayUrl}/api/v1/push`, token, snappyEncode(writeRequestBody(samples)));
}
