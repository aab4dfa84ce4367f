import { describe, expect, it } from 'vitest';
import { testDestination } from '../../core/delivery/destination.fixture.ts';
import { sendPayload } from './send.ts';

describe('sending', () => {
  it('pauses and keeps the data where no request can be made of it', async () => {
    const payload = {
      signal: 'logs',
      contentType: 'application/x-protobuf',
      contentEncoding: '',
      body: new Uint8Array([1]),
      items: 1,
      tenantId: 'a\r\nX-Scope-OrgID: victim',
    } as const;
    const destination = testDestination({ protocol: 'loki_push', url: 'https://loki.example.com/' });
    const verdict = await sendPayload(destination, payload, 0, { allowPrivate: false });
    expect(verdict).toMatchObject({ kind: 'pause', reason: 'request_invalid' });
  });

  it('asks nobody at an address that is not allowed', async () => {
    const payload = {
      signal: 'metrics',
      contentType: 'a/b',
      contentEncoding: '',
      body: new Uint8Array(1),
      items: 1,
    } as const;
    const verdict = await sendPayload(testDestination({ url: 'https://127.1/' }), payload, 0, { allowPrivate: false });
    expect(verdict).toMatchObject({ kind: 'pause', reason: 'address_refused' });
  });
});
