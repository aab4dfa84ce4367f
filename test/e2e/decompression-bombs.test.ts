/** Bodies of a few megabytes that claim to unpack to gigabytes, at the real gateway: 413, and memory stays where the cap says. */
import { readFileSync } from 'node:fs';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';

const MIB = 1024 * 1024;
const CAP_BYTES = 64 * MIB;

/** 16 MiB of zeros as deflate blocks that end at a byte, so that they can be repeated. */
const BLOCKS = deflateRawSync(Buffer.alloc(16 * MIB), { finishFlush: constants.Z_FULL_FLUSH });
/** 4 GiB: nobody reads as far as the trailer that is missing. */
const ENDLESS = Buffer.concat(Array<Buffer>(256).fill(BLOCKS));

/** Each block of four bytes says "128 KiB of this byte": 16 GiB. */
function zstdBomb(): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const block = ((128 * 1024) << 3) | (1 << 1);
  const bytes = Buffer.from([block & 0xff, (block >> 8) & 0xff, (block >> 16) & 0xff, 0x20]);
  const last = Buffer.from([bytes[0]! | 1, bytes[1]!, bytes[2]!, 0x20]);
  return Buffer.concat([header, ...Array<Buffer>(131_071).fill(bytes), last]);
}

const BOMBS: Readonly<Record<string, Buffer>> = {
  gzip: Buffer.concat([gzipSync('').subarray(0, 10), ENDLESS]),
  deflate: Buffer.concat([Buffer.from([0x78, 0x9c]), ENDLESS]),
  zstd: zstdBomb(),
};

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/x-protobuf';
const ROUTES: readonly (readonly [path: string, type: string, encoding: string])[] = [
  ['/v1/traces', PROTOBUF, 'gzip'],
  ['/v1/traces', JSON_TYPE, 'gzip'],
  ['/v1/traces', PROTOBUF, 'zstd'],
  ['/loki/api/v1/push', JSON_TYPE, 'gzip'],
  ['/loki/api/v1/push', JSON_TYPE, 'deflate'],
  ['/ingest?name=app', 'text/plain', 'gzip'],
  ['/push.v1.PusherService/Push', 'application/proto', 'gzip'],
  ['/api/v1/batch', PROTOBUF, 'gzip'],
];

/** The most that the process ever held. */
function peakBytes(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

describe('a decompression bomb', () => {
  let destination: FakeDestination;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    destination = await FakeDestination.start();
    gateway = await TestGateway.start();
    const scopes = ['agent', 'logs:write', 'traces:write', 'profiles:write'];
    token = await gateway.createTenant('bombs', forwardPipeline(destination.url), scopes);
  });

  afterAll(async () => {
    await gateway?.stop();
    await destination?.close();
  });

  it('is answered 413 on every route and in every encoding, and takes no more memory than a body at the cap', async () => {
    const send = (path: string, type: string, encoding: string) =>
      fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': type, 'content-encoding': encoding },
        body: BOMBS[encoding] as BodyInit,
      });
    const before = peakBytes(gateway.pid);
    for (let round = 0; round < 2; round++) {
      for (const [path, type, encoding] of ROUTES) {
        const answer = await send(path, type, encoding);
        expect([path, encoding, answer.status]).toEqual([path, encoding, 413]);
        await answer.arrayBuffer();
      }
    }
    // What one bomb left behind may still be there when the next one comes.
    expect(peakBytes(gateway.pid) - before).toBeLessThan(4 * CAP_BYTES);
    expect(destination.requests).toEqual([]);
  });
});
