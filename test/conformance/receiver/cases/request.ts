/** receiver/request_test.go: what is no remote write 2.0 at all. The body is corrupt as well: headers are judged first. */
import { describe, expect, it } from 'vitest';
import type { Subject } from '../support/compliance.ts';
import { compressed, type Received, VERSION_2 } from '../support/gateway-receiver.ts';
import { sampleOf } from '../support/samples.ts';

function corruptBody(): Uint8Array {
  const body = compressed([sampleOf({ __name__: 'up' }, 1)]);
  body[0] = 0x30;
  return body;
}

function expectNothingWritten({ written, asVersion1, asVersion2 }: Received): void {
  for (const count of Object.values(written)) expect(count ?? 0).toBe(0);
  expect([...asVersion1, ...asVersion2]).toEqual([]);
}

export function requestTests(subject: Subject): void {
  // "Receivers MUST return 415 … if they don't support a given content type or encoding" (Unsupported Request Content).
  describe('TestBadContentTypes', () => {
    it.each([
      ['application_json', 'application/json'],
      ['image_png', 'image/png'],
    ])('%s', async (_, contentType) => {
      const received = await subject().post(corruptBody(), { ...VERSION_2, 'content-type': contentType });
      expect(received.status).toBe(415);
      expectNothingWritten(received);
    });
  });

  describe('TestBadContentEncodings', () => {
    it.each(['gzip', 'deflate'])('%s', async (encoding) => {
      const received = await subject().post(corruptBody(), { ...VERSION_2, 'content-encoding': encoding });
      expect(received.status).toBe(415);
      expectNothingWritten(received);
    });
  });

  // "4xx … MUST be used by Receivers to indicate that the write operation will never be able to succeed" (Invalid Samples).
  describe('TestCorruptRequestBody', () => {
    it('(body)', async () => {
      const received = await subject().post(corruptBody());
      expect(received.status).toBe(400);
      expectNothingWritten(received);
    });
  });
}
