import { expect } from 'vitest';
import { always, first, firstSampleTaken, gaps, type SenderCase, type Sent, timesOf } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

/** Refused once: the sample is given up and counted, later ones go on. */
function refused(name: string, status: number): SenderCase {
  return {
    name,
    script: first({ status, body: `refused with ${status}` }),
    until: async (sent) => (sent.kind === 'gateway' || sent.requests.length >= 3) && (await sent.rejected()) > 0,
    check: (sent) => {
      const [time] = timesOf(sent.requests.slice(0, 1), 'test_metric');
      expect(timesOf(sent.requests, 'test_metric').filter((other) => other === time)).toHaveLength(1);
      for (const { headers } of sent.requests) expect(headers['retry-attempt']).toBeUndefined();
      if (sent.kind === 'gateway') expect(sent.pushStatus).toBe(400);
    },
  };
}

function retried(name: string, status: number): SenderCase {
  return {
    name,
    script: first({ status, body: 'try again' }),
    until: firstSampleTaken,
    check: async (sent) => {
      expect(sent.requests[1]?.headers['retry-attempt']).toBe('1');
      expect(await sent.rejected()).toBe(0);
    },
  };
}

const texts = ({ requests }: Sent) => requests.map(({ body }) => Buffer.from(body).toString('base64'));

senderSuite({
  TestRetryBehavior: [
    refused('no_retry_on_400', 400),
    {
      // Credentials are a matter of the configuration: the data is kept, and the destination left alone for minutes.
      name: 'no_retry_on_401',
      script: always({ status: 401, body: 'Unauthorized' }),
      until: async (sent) => (await sent.trouble()).includes('Unauthorized') && (await sent.waiting()) > 0,
      check: (sent) => expect(sent.requests).toHaveLength(1),
    },
    refused('no_retry_on_404', 404),
    {
      name: 'may_retry_on_429',
      script: first({ status: 429, headers: { 'Retry-After': '2' }, body: 'Too many requests' }),
      until: firstSampleTaken,
      check: (sent) => expect(gaps(sent)[0]).toBeGreaterThan(1500),
    },
    retried('retry_on_500', 500),
    retried('retry_on_503', 503),
    retried('retry_on_502', 502),
    retried('retry_on_504', 504),
    {
      // It goes out again in halves, never as it was, and what is too large alone is given up.
      name: 'no_retry_on_413',
      exposition: 'test_metric{i="1"} 1\ntest_metric{i="2"} 2\ntest_metric{i="3"} 3\n',
      script: always({ status: 413, body: 'Payload too large' }),
      until: async (sent) => (await sent.rejected()) > 0,
      check: (sent) => {
        if (sent.kind === 'agent') expect(new Set(texts(sent)).size).toBe(sent.requests.length);
        const sizes = sent.requests.map(({ series }) => series.length);
        expect(Math.min(...sizes)).toBe(1);
      },
    },
  ],
});
