import { cpSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeRecord, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './record.ts';
import type { Spool } from './spool.ts';
import { type OpenedSpool, type OpenOptions, openSpool, payload, temporaryFolder } from './testing.ts';

const TEXTS = ['record one', 'record two is longer', 'record three', 'record four', 'record five, the last'];
/** Different for each record, so that a count tells which one is meant. */
const ITEMS = [1, 10, 100, 1000, 10_000];

const opened: Spool[] = [];
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
});

async function open(options: OpenOptions): Promise<OpenedSpool> {
  const result = await openSpool(options);
  opened.push(result.spool);
  return result;
}

/** A closed spool with five records in one segment, or in one segment each. */
async function written(segmentBytes = 1 << 20): Promise<string> {
  const { spool, folder } = await openSpool({ segmentBytes });
  for (const [i, text] of TEXTS.entries()) await spool.append([payload(text, ITEMS[i])], [], 'refuse');
  await spool.close();
  return folder;
}

function copyOf(folder: string): string {
  const copy = join(temporaryFolder(), 'q');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function segmentsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => join(folder, name));
}

function flipBit(path: string, offset: number, bit: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= 1 << bit;
  writeFileSync(path, bytes);
}

/** Takes everything out, as a drain does. */
async function drain(spool: Spool): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const payloads = await spool.peek(1 << 20);
    if (payloads.length === 0) return texts;
    texts.push(...payloads.map(({ body }) => Buffer.from(body).toString()));
    await spool.acknowledge(payloads.at(-1)!.sequence);
  }
}

/** Where each record of the one segment begins, found by its magic; the end of the file last. */
function recordStarts(path: string): number[] {
  const bytes = readFileSync(path);
  const starts: number[] = [];
  for (let at = bytes.indexOf('SPR1'); at >= 0; at = bytes.indexOf('SPR1', at + 1)) starts.push(at);
  return [...starts, bytes.length];
}

describe('spool recovery', () => {
  it('cuts off a last record that is torn at any of its last 64 bytes and keeps all before it', async () => {
    const folder = await written();
    const size = statSync(segmentsOf(folder)[0]!).size;
    for (let cut = 1; cut <= 64; cut++) {
      const copy = copyOf(folder);
      truncateSync(segmentsOf(copy)[0]!, size - cut);
      const { spool, observer } = await open({ folder: copy });
      expect(observer.warnings).toHaveLength(1);
      expect(spool.depth().items).toBe(1111);
      expect(observer.sum('dropped')).toBe(0);
      await spool.append([payload('after the crash')], [], 'refuse');
      expect(await drain(spool)).toEqual([...TEXTS.slice(0, 4), 'after the crash']);
    }
  });

  it('loses to a flipped bit exactly the record it is in, and counts exactly its items', async () => {
    const folder = await written();
    const [path] = segmentsOf(folder);
    const starts = recordStarts(path!);
    const lastRecord = starts.at(-2)!;
    for (let offset = SEGMENT_HEADER_BYTES; offset < lastRecord; offset++) {
      const hit = starts.findLastIndex((start) => start <= offset);
      const copy = copyOf(folder);
      flipBit(segmentsOf(copy)[0]!, offset, offset % 8);
      const { spool, observer } = await open({ folder: copy });
      expect(await drain(spool), `byte ${offset}`).toEqual(TEXTS.filter((_, i) => i !== hit));
      expect(observer.sum('dropped metrics corrupt'), `byte ${offset}`).toBe(ITEMS[hit]);
      expect(observer.sum('delivered')).toBe(11_111 - ITEMS[hit]!);
      expect(spool.depth()).toEqual({ payloads: 0, bytes: 0, items: 0 });
    }
  }, 60_000);

  it('drops a newest record with a flipped bit and does not give its sequence to another', async () => {
    const folder = await written();
    const [path] = segmentsOf(folder);
    flipBit(path!, statSync(path!).size - 1, 0);
    const { spool, observer } = await open({ folder });
    expect(observer.sum('dropped metrics corrupt')).toBe(10_000);
    await spool.append([payload('next')], [], 'refuse');
    const waiting = await spool.peek(1 << 20);
    expect(waiting.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 6]);
    await drain(spool);
    expect(observer.sum('dropped')).toBe(10_000);
  });

  it('loses nothing to a damaged or cut segment header', async () => {
    const folder = await written();
    for (let offset = 0; offset < SEGMENT_HEADER_BYTES; offset++) {
      const copy = copyOf(folder);
      flipBit(segmentsOf(copy)[0]!, offset, 3);
      const { spool, observer } = await open({ folder: copy });
      expect(await drain(spool)).toEqual(TEXTS);
      expect(observer.sum('dropped')).toBe(0);
    }
  });

  it('opens a segment that is shorter than its header', async () => {
    for (const size of [0, 1, SEGMENT_HEADER_BYTES - 1]) {
      const folder = await written();
      truncateSync(segmentsOf(folder)[0]!, size);
      const { spool } = await open({ folder });
      await spool.append([payload('works')], [], 'refuse');
      expect(await drain(spool)).toEqual(['works']);
      const again = await open({ folder });
      expect(again.spool.depth().payloads).toBe(0);
    }
  });

  it('leaves files alone that are not its own', async () => {
    const folder = await written();
    const names = ['README', '00000000000000000001.seg', 'x.seg', 'cursor.tmp', '99999999999999999999-00000000.seg'];
    for (const name of names) writeFileSync(join(folder, name), 'junk');
    const { spool } = await open({ folder });
    expect(await drain(spool)).toEqual(TEXTS);
    for (const name of names.filter((name) => name !== 'cursor.tmp')) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe('junk');
    }
  });

  it('sends everything again when the cursor is damaged or gone, and counts nothing as lost', async () => {
    const folder = await written();
    const first = await open({ folder });
    await first.spool.acknowledge(2);
    for (const damage of [() => flipBit(join(folder, 'cursor'), 9, 1), () => unlinkSync(join(folder, 'cursor'))]) {
      damage();
      const { spool, observer } = await open({ folder });
      expect((await spool.peek(1 << 20)).map(({ body }) => Buffer.from(body).toString())).toEqual(TEXTS);
      expect(observer.sum('dropped')).toBe(0);
    }
  });

  it('counts exactly the items of a segment that somebody removed', async () => {
    const folder = await written(150);
    expect(segmentsOf(folder)).toHaveLength(5);
    unlinkSync(segmentsOf(folder)[2]!);
    const { spool, observer } = await open({ folder });
    expect(observer.sum('dropped metrics corrupt')).toBe(100);
    expect(await drain(spool)).toEqual(TEXTS.filter((_, i) => i !== 2));
    expect(observer.sum('dropped')).toBe(100);
  });

  it('counts exactly what is cut from a segment while the spool is open', async () => {
    const { spool, observer, folder } = await open({});
    for (const [i, text] of TEXTS.entries()) await spool.append([payload(text, ITEMS[i])], [], 'refuse');
    const [path] = segmentsOf(folder);
    const starts = recordStarts(path!);
    flipBit(path!, starts[1]! + 4, 2);
    expect(await drain(spool)).toEqual(TEXTS.filter((_, i) => i !== 1));
    expect(observer.sum('dropped metrics corrupt')).toBe(10);
    expect(spool.depth()).toEqual({ payloads: 0, bytes: 0, items: 0 });
  });

  it('counts what was in segments that are removed while the spool is open, and goes on', async () => {
    const { spool, observer, folder } = await open({ segmentBytes: 150 });
    for (const [i, text] of TEXTS.entries()) await spool.append([payload(text, ITEMS[i])], [], 'refuse');
    const paths = segmentsOf(folder);
    for (const i of [1, 3, 4]) unlinkSync(paths[i]!);
    expect(await drain(spool)).toEqual([TEXTS[0], TEXTS[2]]);
    expect(observer.sum('dropped metrics corrupt')).toBe(10 + 1000 + 10_000);
    await spool.append([payload('after', 3)], [], 'refuse');
    expect(await drain(spool)).toEqual(['after']);
    expect(spool.depth()).toEqual({ payloads: 0, bytes: 0, items: 0 });
  });

  it('does not take a payload for a record, even one that holds the bytes of one', async () => {
    const { spool, folder } = await openSpool();
    const forged = {
      sequence: 7,
      appendedAtMs: 1,
      payload: payload('forged', 5),
      marks: [],
      itemsBefore: [0, 0, 0, 0] as const,
    };
    const bytes = Buffer.concat([encodeSegmentHeader({ firstSequence: 1, salt: 0 }), ...encodeRecord(forged, 0)]);
    await spool.append([{ ...payload(''), body: bytes }], [], 'refuse');
    await spool.append([payload('real')], [], 'refuse');
    await spool.close();
    const [path] = segmentsOf(folder);
    flipBit(path!, recordStarts(path!)[0]! + 8, 0);
    const reopened = await open({ folder });
    expect(await drain(reopened.spool)).toEqual(['real']);
    expect(reopened.observer.sum('dropped metrics corrupt')).toBe(1);
  });
});
