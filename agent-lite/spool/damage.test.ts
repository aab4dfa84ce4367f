import { cpSync, existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../core/bytes/crc32c.ts';
import {
  appendJunk,
  cutEnd,
  cutTo,
  flipBit,
  overwriteUint32,
  segmentPlaces,
  spoolPlaces,
} from '../../test/support/damage-file.ts';
import { encodeRecord, encodeSegmentHeader } from './record.ts';
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

/** Everything of a segment but its size is compared, so a test that damages one sees whether another was touched. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(segmentsOf(folder).map((path) => [path, readFileSync(path).toString('base64')]));
}

const without = (...gone: readonly number[]) => TEXTS.filter((_, i) => !gone.includes(i));
const sumOf = (...hit: readonly number[]) => hit.reduce((sum, i) => sum + ITEMS[i]!, 0);

/** Opens a damaged copy, takes all out: exactly these records are gone, counted, and nothing else. */
async function expectLost(folder: string, lost: readonly number[], what = ''): Promise<OpenedSpool> {
  const result = await open({ folder });
  expect(await drain(result.spool), what).toEqual(without(...lost));
  expect(result.observer.sum('dropped metrics corrupt'), what).toBe(sumOf(...lost));
  expect(result.observer.sum('delivered'), what).toBe(11_111 - sumOf(...lost));
  expect(result.spool.depth(), what).toEqual({ payloads: 0, bytes: 0, items: 0 });
  return result;
}

/** A segment as a program of another version would have begun it. */
function setVersion(path: string, version: number): void {
  overwriteUint32(path, segmentPlaces.version, version);
  overwriteUint32(path, segmentPlaces.checksum, crc32c(readFileSync(path), 0, segmentPlaces.checksum));
}

describe('F6: a torn last record', () => {
  it('is cut off at any of its last 64 bytes; all before it is kept, with one warning and exact counts', async () => {
    const folder = await written();
    for (let cut = 1; cut <= 64; cut++) {
      const copy = copyOf(folder);
      cutEnd(segmentsOf(copy)[0]!, cut);
      const { spool, observer } = await open({ folder: copy });
      expect(observer.warnings).toHaveLength(1);
      expect(spool.depth().items).toBe(1111);
      expect(observer.sum('dropped')).toBe(0);
      await spool.append([payload('after the crash')], [], 'refuse');
      expect(await drain(spool)).toEqual([...without(4), 'after the crash']);
    }
  });

  it('is told apart from a last record that is whole and damaged, which is counted', async () => {
    const folder = await written();
    const path = segmentsOf(folder)[0]!;
    flipBit(path, statSync(path).size - 1);
    const { spool, observer } = await open({ folder });
    expect(observer.sum('dropped metrics corrupt')).toBe(10_000);
    await spool.append([payload('next')], [], 'refuse');
    // Its sequence may have been seen by a gateway already, so it is not given out again.
    expect((await spool.peek(1 << 20)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 6]);
    await drain(spool);
    expect(observer.sum('dropped')).toBe(10_000);
  });
});

describe('F7: damage in a segment', () => {
  it('header of a segment: any flipped bit of it costs nothing', async () => {
    const folder = await written();
    for (let offset = 0; offset < segmentPlaces.end; offset++) {
      const copy = copyOf(folder);
      flipBit(segmentsOf(copy)[0]!, offset, 3);
      await expectLost(copy, [], `byte ${offset}`);
    }
  });

  it('header of a segment: one that is cut short leaves a spool that works', async () => {
    for (const size of [0, 1, segmentPlaces.end - 1]) {
      const folder = await written();
      cutTo(segmentsOf(folder)[0]!, size);
      const { spool } = await open({ folder });
      await spool.append([payload('works')], [], 'refuse');
      expect(await drain(spool)).toEqual(['works']);
      const again = await open({ folder });
      expect(again.spool.depth().payloads).toBe(0);
    }
  });

  const lengths: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['1', 1],
    ['huge', 0xffff_ffff],
    ['larger than the file', 1 << 20],
    ['a little too large', 40],
  ];
  it.each(lengths)('length %s of a meta costs the record', async (_name, length) => {
    const folder = await written();
    const path = segmentsOf(folder)[0]!;
    overwriteUint32(path, spoolPlaces(path)[2]!.metaLength, length);
    await expectLost(folder, [2]);
  });

  it.each(lengths)('length %s of a payload costs the record', async (_name, length) => {
    const folder = await written();
    const path = segmentsOf(folder)[0]!;
    overwriteUint32(path, spoolPlaces(path)[2]!.payloadLength, length);
    await expectLost(folder, [2]);
  });

  it.each(['headerChecksum', 'payloadChecksum'] as const)('%s: a wrong one costs the record', async (place) => {
    const folder = await written();
    const path = segmentsOf(folder)[0]!;
    flipBit(path, spoolPlaces(path)[1]![place], 5);
    await expectLost(folder, [1]);
  });

  it('flipped bit: wherever in a record it is, it costs that record', async () => {
    const folder = await written();
    const places = spoolPlaces(segmentsOf(folder)[0]!);
    for (const [hit, { start, end }] of places.slice(0, -1).entries()) {
      for (let offset = start; offset < end; offset++) {
        const copy = copyOf(folder);
        flipBit(segmentsOf(copy)[0]!, offset, offset % 8);
        await expectLost(copy, [hit], `byte ${offset}`);
      }
    }
  });

  it('flipped bit: two damaged neighbours cost two records', async () => {
    const folder = await written();
    const path = segmentsOf(folder)[0]!;
    const places = spoolPlaces(path);
    flipBit(path, places[1]!.start);
    flipBit(path, places[2]!.payload);
    await expectLost(folder, [1, 2]);
  });

  it('junk behind the last record is cut off, even where it looks like the begin of one', async () => {
    for (const junk of ['x', 'SPR1', `SPR1${'\0'.repeat(200)}`, '\0'.repeat(5000)]) {
      const folder = await written();
      appendJunk(segmentsOf(folder)[0]!, junk);
      const { observer } = await expectLost(folder, []);
      expect(observer.warnings).toHaveLength(1);
    }
  });

  it('forged record: a payload that holds the bytes of one is not taken for one', async () => {
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
    const path = segmentsOf(folder)[0]!;
    flipBit(path, spoolPlaces(path)[0]!.payloadLength);
    const reopened = await open({ folder });
    expect(await drain(reopened.spool)).toEqual(['real']);
    expect(reopened.observer.sum('dropped metrics corrupt')).toBe(1);
  });
});

describe('F7: damage of whole files', () => {
  it('other segments are untouched by damage in one', async () => {
    const folder = await written(150);
    const path = segmentsOf(folder)[2]!;
    flipBit(path, spoolPlaces(path)[0]!.start + 3);
    const before = contents(folder);
    const { spool, observer } = await open({ folder });
    await spool.peek(1 << 20);
    expect(contents(folder)).toEqual(before);
    expect(await drain(spool)).toEqual(without(2));
    expect(observer.sum('dropped metrics corrupt')).toBe(100);
  });

  it.each([
    ['bad marker file', (path: string) => flipBit(path, 9, 1)],
    ['empty marker file', (path: string) => cutTo(path, 0)],
    ['cut marker file', (path: string) => cutEnd(path, 1)],
    ['marker file with junk', (path: string) => appendJunk(path, 'x')],
    ['missing marker file', (path: string) => unlinkSync(path)],
  ])('%s: everything that is there is sent again, and nothing counts as lost', async (_name, damage) => {
    const folder = await written();
    const first = await open({ folder });
    await first.spool.acknowledge(2);
    damage(join(folder, 'cursor'));
    const { spool, observer } = await open({ folder });
    expect((await spool.peek(1 << 20)).map(({ body }) => Buffer.from(body).toString())).toEqual(TEXTS);
    expect(observer.sum('dropped')).toBe(0);
  });

  it('missing marker file where the first segments are gone too: what left with them is not lost', async () => {
    const folder = await written(150);
    const first = await open({ folder });
    await first.spool.acknowledge(2);
    await first.spool.close();
    expect(segmentsOf(folder)).toHaveLength(3);
    unlinkSync(join(folder, 'cursor'));
    const { spool, observer } = await open({ folder });
    expect(await drain(spool)).toEqual(TEXTS.slice(2));
    expect(observer.sum('dropped')).toBe(0);
  });

  it('junk files are left alone', async () => {
    const folder = await written();
    const names = ['README', '00000000000000000001.seg', 'x.seg', 'cursor.tmp', '99999999999999999999-00000000.seg'];
    for (const name of names) writeFileSync(join(folder, name), 'junk');
    await expectLost(folder, []);
    for (const name of names.filter((name) => name !== 'cursor.tmp')) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe('junk');
    }
  });

  it('junk with the name of a segment costs nothing, wherever its name puts it', async () => {
    for (const name of ['00000000000000000000-00000001.seg', '00000000000000000003-00000001.seg']) {
      const folder = await written(150);
      writeFileSync(join(folder, name), 'junk'.repeat(100));
      await expectLost(folder, [], name);
    }
  });

  it.each([
    ['too-new', 2],
    ['too-old', 0],
  ])('%s segment: its records are read as far as they are understood, with a warning', async (_name, version) => {
    const folder = await written(150);
    const path = segmentsOf(folder)[1]!;
    setVersion(path, version);
    const { observer } = await expectLost(folder, []);
    expect(observer.warnings).toEqual([expect.stringContaining(`its format version is ${version}`)]);
  });

  it('too-new segment whose records are not understood: they are counted as lost and its file is kept', async () => {
    const folder = await written(150);
    const path = segmentsOf(folder)[1]!;
    overwriteUint32(path, spoolPlaces(path)[0]!.start, 0x32525053);
    setVersion(path, 2);
    await expectLost(folder, [1]);
    expect(existsSync(path)).toBe(true);
    const again = await open({ folder });
    expect([again.spool.depth().payloads, again.observer.sum('dropped')]).toEqual([0, 0]);
  });

  it('too-new segment at the end: nothing is cut from it or appended to it', async () => {
    const folder = await written(150);
    const path = segmentsOf(folder)[4]!;
    overwriteUint32(path, spoolPlaces(path)[0]!.start, 0x32525053);
    setVersion(path, 2);
    const before = readFileSync(path).toString('base64');
    const { spool } = await open({ folder });
    await spool.append([payload('new')], [], 'refuse');
    expect(await drain(spool)).toEqual([...without(4), 'new']);
    expect(readFileSync(path).toString('base64')).toBe(before);
  });

  it('missing segment: exactly its items are counted', async () => {
    const folder = await written(150);
    expect(segmentsOf(folder)).toHaveLength(5);
    unlinkSync(segmentsOf(folder)[2]!);
    await expectLost(folder, [2]);
  });
});

describe('F7: damage while the spool is open', () => {
  it('of a record: exactly its items are counted', async () => {
    const { spool, observer, folder } = await open({});
    for (const [i, text] of TEXTS.entries()) await spool.append([payload(text, ITEMS[i])], [], 'refuse');
    const path = segmentsOf(folder)[0]!;
    flipBit(path, spoolPlaces(path)[1]!.metaLength, 2);
    expect(await drain(spool)).toEqual(without(1));
    expect(observer.sum('dropped metrics corrupt')).toBe(10);
    expect(spool.depth()).toEqual({ payloads: 0, bytes: 0, items: 0 });
  });

  it('of whole segments that are removed: what was in them is counted, and the spool goes on', async () => {
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
});
