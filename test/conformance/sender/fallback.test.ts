import { expect } from 'vitest';
import type { Script } from './support/receiver.ts';
import { firstSampleTaken, type SenderCase, type Sent, timesOf } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const ONLY_1: Script = (_, { version }) =>
  version === 1 ? {} : { status: 415, body: 'RW 2.0 not supported, please use RW 1.0' };
/** A receiver of 1.0 that does not look at the content type, finds nothing, and is content. */
const BLIND: Script = (_, { version }) => (version === 1 ? {} : { status: 204, written: 'none' });

function fallback(name: string, check: SenderCase['check'], more: Partial<SenderCase> = {}): SenderCase {
  return { name, script: ONLY_1, until: firstSampleTaken, check, ...more };
}

const versions = ({ requests }: Sent) => requests.map(({ version }) => version);

senderSuite({
  TestFallbackBehavior: [
    fallback('fallback_on_415_unsupported_media_type', (sent) => {
      expect(versions(sent).slice(0, 2)).toEqual([2, 1]);
      const [before, after] = sent.requests.map((request) => timesOf([request], 'test_metric'));
      expect(after).toEqual(before);
    }),
    fallback('retry_with_different_version', ({ requests }) => {
      const told = requests.slice(0, 2).map(({ headers }) => headers['x-prometheus-remote-write-version']);
      expect(told).toEqual(['2.0.0', '0.1.0']);
    }),
    fallback('fallback_header_changes', ({ requests }) => {
      const types = requests.slice(0, 2).map(({ headers }) => headers['content-type']);
      expect(types[0]).toContain('io.prometheus.write.v2.Request');
      expect(types[1]).toBe('application/x-protobuf');
    }),
    fallback(
      'accept_success_after_fallback',
      async (sent) => {
        expect(await sent.rejected()).toBe(0);
        expect(await sent.waiting()).toBe(0);
      },
      { until: async (sent) => firstSampleTaken(sent) && (await sent.delivered()) > 0 },
    ),
    fallback('persistent_fallback_choice', (sent) => expect(versions(sent).slice(0, 4)).toEqual([2, 1, 1, 1]), {
      pushes: 3,
      until: ({ requests }) => requests.length >= 4,
    }),
    // Not in the suite, but in the specification: 2xx without any Written header is to be taken for 415.
    fallback('fallback_on_2xx_without_written_headers', (sent) => expect(versions(sent).slice(0, 2)).toEqual([2, 1]), {
      script: BLIND,
      until: ({ requests }) => requests.length >= 2,
    }),
  ],
  TestNoFallbackOn2xx: [
    {
      name: '(body)',
      pushes: 3,
      until: ({ requests }) => requests.length >= 3,
      check: (sent) => expect(new Set(versions(sent))).toEqual(new Set([2])),
    },
  ],
});
