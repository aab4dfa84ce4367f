import { expect } from 'vitest';
import type { Answer } from './support/receiver.ts';
import { first, firstSampleTaken, type SenderCase, type Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const THREE = 'test_metric{i="1"} 1\ntest_metric{i="2"} 2\ntest_metric{i="3"} 3\n';
const delivered = async (sent: Sent) => firstSampleTaken(sent) && (await sent.delivered()) > 0;
const refused = async (sent: Sent) => (await sent.rejected()) > 0;
const samplesOf = ({ requests: [request] }: Sent) =>
  request!.series.reduce((sum, { samples, histograms }) => sum + samples.length + histograms.length, 0);

function success(name: string, answer: Answer, exposition?: string): SenderCase {
  return {
    name,
    ...(exposition === undefined ? {} : { exposition }),
    script: () => answer,
    until: delivered,
    check: async (sent) => {
      expect(await sent.rejected()).toBe(0);
      expect(await sent.trouble()).not.toMatch(/ignored|HTTP/);
    },
  };
}

senderSuite({
  TestResponseProcessing: [
    success('ignore_response_body_on_success', { status: 200, body: 'err: this body should be ignored' }),
    success('process_written_count_headers', { status: 204 }, THREE),
    {
      name: 'handle_partial_write_response',
      exposition: THREE,
      script: first({
        status: 400,
        body: 'Rejected 1 sample',
        written: (all) => ({ ...all, samples: all.samples - 1 }),
      }),
      until: refused,
      check: async (sent) => expect(await sent.rejected()).toBe(1),
    },
    {
      name: 'handle_missing_written_headers',
      exposition: THREE,
      script: first({ status: 400, body: 'Bad request' }),
      until: refused,
      check: async (sent) => expect(await sent.rejected()).toBe(samplesOf(sent)),
    },
    {
      name: 'log_error_messages_verbatim',
      script: first({ status: 400, body: "Error: Invalid label name '__invalid__'" }),
      until: refused,
      check: async (sent) => expect(await sent.trouble()).toContain("Error: Invalid label name '__invalid__'"),
    },
    {
      name: 'handle_large_error_body',
      script: first({ status: 400, body: `Error details: ${'detailed error information; '.repeat(40_000)}` }),
      until: refused,
      check: async (sent) => {
        const trouble = await sent.trouble();
        expect(trouble).toContain('Error details: detailed error information;');
        expect(trouble.length).toBeLessThan(10_000);
      },
    },
    success('handle_204_no_content', { status: 204 }),
    success('handle_200_ok', { status: 200, body: 'OK' }),
  ],
  TestContentTypeNegotiation: [
    {
      name: '(body)',
      check: ({ requests }) => expect(requests[0]?.headers['content-type']).toContain('application/x-protobuf'),
    },
  ],
});
