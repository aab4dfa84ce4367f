import { readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeFileSystem } from './file-system.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { Spool } from './spool.ts';
import { SpoolFullError, SpoolUnavailableError, spoolDefaults } from './spool-types.ts';
import {
  FailingFileSystem,
  type OpenedSpool,
  type OpenOptions,
  openSpool,
  payload,
  temporaryFolder,
  waitingTexts,
} from './testing.ts';

const opened: Spool[] = [];
afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
});

async function open(options: OpenOptions = {}): Promise<OpenedSpool> {
  const result = await openSpool(options);
  opened.push(result.spool);
  return result;
}

const mark = (key: string, position: string) => ({ source: 'loki.source.file.a', key, position });
const segments = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.seg'));

describe('spool bounds', () => {
  it('drops the oldest when asked to, and counts them by signal', async () => {
    const { spool, observer } = await open({ maxBytes: 30 });
    await spool.append([payload('0123456789', 3, 'metrics')], [], 'drop_oldest');
    await spool.append([payload('0123456789', 5, 'logs')], [], 'drop_oldest');
    await spool.append([payload('abcdefghijklmno', 7, 'traces')], [], 'drop_oldest');
    expect(await waitingTexts(spool)).toEqual(['0123456789', 'abcdefghijklmno']);
    expect(Object.fromEntries(observer.counts)).toEqual({ 'dropped metrics spool_full': 3 });
  });

  it('refuses when asked to, and takes the payload once there is room', async () => {
    const { spool, observer } = await open({ maxBytes: 15 });
    await spool.append([payload('0123456789')], [], 'refuse');
    await expect(spool.append([payload('abcdefghij')], [], 'refuse')).rejects.toBeInstanceOf(SpoolFullError);
    await spool.acknowledge((await spool.peek(0))[0]!.sequence);
    await spool.append([payload('abcdefghij')], [], 'refuse');
    expect(await waitingTexts(spool)).toEqual(['abcdefghij']);
    expect(observer.sum('dropped')).toBe(0);
  });

  it('counts a payload that was dropped while it was being sent as delivered if the destination took it', async () => {
    const { spool, observer } = await open({ maxBytes: 10 });
    await spool.append([payload('0123456789', 4)], [], 'drop_oldest');
    const [sending] = await spool.peek(0);
    await spool.append([payload('abcdefghij', 6)], [], 'drop_oldest');
    expect(observer.sum('dropped')).toBe(0);
    await spool.acknowledge(sending!.sequence);
    expect(Object.fromEntries(observer.counts)).toEqual({ 'delivered metrics': 4 });
    expect(await waitingTexts(spool)).toEqual(['abcdefghij']);
  });

  it('counts a payload that was dropped while it was being sent as dropped if it was not taken', async () => {
    const { spool, observer } = await open({ maxBytes: 10 });
    await spool.append([payload('0123456789', 4)], [], 'drop_oldest');
    await spool.peek(0);
    await spool.append([payload('abcdefghij', 6)], [], 'drop_oldest');
    expect(await waitingTexts(spool)).toEqual(['abcdefghij']);
    expect(Object.fromEntries(observer.counts)).toEqual({ 'dropped metrics spool_full': 4 });
  });

  it('drops what is older than the maximum age', async () => {
    let now = 1000;
    const { spool, observer } = await open({ maxAgeMs: 100, nowMs: () => now });
    await spool.append([payload('old', 2)], [], 'refuse');
    now = 1090;
    await spool.append([payload('young', 3)], [], 'refuse');
    now = 1150;
    expect(await waitingTexts(spool)).toEqual(['young']);
    expect(Object.fromEntries(observer.counts)).toEqual({ 'dropped metrics expired': 2 });
  });
});

describe('spool files', () => {
  it('removes whole segments once everything in them has left', async () => {
    const { spool, folder } = await open({ segmentBytes: 300 });
    for (let i = 0; i < 20; i++) await spool.append([payload(`payload ${i}`.padEnd(100))], [], 'refuse');
    const before = segments(folder).length;
    expect(before).toBeGreaterThan(5);
    await spool.acknowledge(19);
    expect(segments(folder)).toHaveLength(1);
    expect((await waitingTexts(spool)).map((text) => text.trim())).toEqual(['payload 19']);
  });

  it('keeps source marks when the segments they came with are removed', async () => {
    const { spool, folder } = await open({ segmentBytes: 300 });
    await spool.append([payload('x'.repeat(200), 1, 'logs')], [mark('/a', '1'), mark('/gone', '9')], 'refuse');
    await spool.append([], [mark('/b', '2'), mark('/gone', '')], 'refuse');
    for (let i = 0; i < 5; i++)
      await spool.append([payload('y'.repeat(200), 1, 'logs')], [mark('/a', `${10 + i}`)], 'refuse');
    await spool.acknowledge(6);
    await spool.close();
    expect(segments(folder)).toHaveLength(1);
    const again = await open({ folder });
    expect([...again.spool.marks('loki.source.file.a')].sort()).toEqual([
      ['/a', '14'],
      ['/b', '2'],
    ]);
    expect(again.spool.marks('loki.source.file.other').size).toBe(0);
  });

  it('gives marks that came without lines no place in the queue', async () => {
    const { spool } = await open();
    await spool.append([], [mark('/a', '1')], 'refuse');
    expect(spool.depth()).toEqual({ payloads: 0, bytes: 0, items: 0 });
    expect(await spool.peek(100)).toEqual([]);
    await spool.append([payload('a')], [], 'refuse');
    await spool.append([], [mark('/a', '2')], 'refuse');
    await spool.append([payload('b')], [], 'refuse');
    expect((await spool.peek(100)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('is for its owner only', async () => {
    const { spool, folder } = await open();
    await spool.append([payload('secret')], [], 'refuse');
    await spool.acknowledge(1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it('does not follow a symbolic link in place of a file it writes', async () => {
    const folder = temporaryFolder();
    const target = join(temporaryFolder(), 'somebody-elses');
    symlinkSync(target, join(folder, 'cursor.tmp'));
    const { spool } = await open({ folder });
    await spool.append([payload('a')], [], 'refuse');
    await spool.acknowledge(1);
    await expect(nodeFileSystem.readWhole(target)).resolves.toBeUndefined();
    expect(await spool.peek(10)).toEqual([]);
  });
});

describe('spool bounds by other measures', () => {
  it.each([
    ['payloads', { maxPayloads: 2 }],
    ['items', { maxItems: 2 }],
    ['bytes', { maxBytes: 6 }],
  ])('keeps to a number of %s', async (_name, bounds) => {
    const { spool } = await open(bounds);
    for (const text of ['one', 'two']) await spool.append([payload(text)], [], 'refuse');
    await expect(spool.append([payload('new')], [], 'refuse')).rejects.toBeInstanceOf(SpoolFullError);
    expect(spool.isFull).toBe(true);
    await spool.append([payload('new')], [], 'drop_oldest');
    expect(await waitingTexts(spool)).toEqual(['two', 'new']);
    await spool.acknowledge(4);
    expect(spool.isFull).toBe(false);
  });

  it('takes what is larger than the whole spool when nothing else waits, or its source would wait for ever', async () => {
    const { spool } = await open({ maxBytes: 10 });
    await spool.append([payload('larger than that', 1, 'logs')], [], 'refuse');
    await expect(spool.append([payload('x')], [], 'refuse')).rejects.toBeInstanceOf(SpoolFullError);
    await spool.acknowledge(1);
    await spool.append([payload('x')], [], 'refuse');
  });

  it('makes room for metrics by metrics only: what was acknowledged of other signals stays', async () => {
    const { spool, observer } = await open({ maxBytes: 30 });
    await spool.append([payload('metrics 01', 3)], [], 'drop_metrics');
    await spool.append([payload('some lines', 5, 'logs')], [], 'refuse');
    await spool.append([payload('metrics 02', 7)], [], 'drop_metrics');
    await spool.append([payload('metrics 03', 9)], [], 'drop_metrics');
    await expect(spool.append([payload('metrics 04')], [], 'drop_metrics')).rejects.toBeInstanceOf(SpoolFullError);
    expect(await waitingTexts(spool)).toEqual(['some lines', 'metrics 02', 'metrics 03']);
    expect(Object.fromEntries(observer.counts)).toEqual({ 'dropped metrics spool_full': 3 });
  });

  it('takes new bounds while it is open', async () => {
    const { spool } = await open({ maxBytes: 3 });
    await spool.append([payload('one')], [], 'refuse');
    spool.setBounds({ ...spoolDefaults, maxBytes: 6 });
    await spool.append([payload('two')], [], 'refuse');
    expect(spool.depth().payloads).toBe(2);
  });
});

describe('spool and fsync', () => {
  const powerCut = async (
    syncIntervalMs: number,
    between: (opened: OpenedSpool, timers: (() => void)[]) => unknown,
  ) => {
    const disk = new MemoryDisk();
    const timers: (() => void)[] = [];
    const opened = await openSpool({
      fs: disk,
      folder: '/q',
      syncIntervalMs,
      after: (_delayMs, run) => timers.push(run),
    });
    await opened.spool.append([payload('a')], [], 'refuse');
    await between(opened, timers);
    disk.cutPower(() => 0);
    return waitingTexts((await openSpool({ fs: disk, folder: '/q' })).spool);
  };

  it('by default has everything it acknowledged after a power cut', async () => {
    expect(await powerCut(0, () => undefined)).toEqual(['a']);
  });

  it('with an interval may lose what was appended since, and no more', async () => {
    expect(await powerCut(500, () => undefined)).toEqual([]);
    const runTimer = async ({ spool }: OpenedSpool, timers: (() => void)[]) => {
      timers[0]?.();
      await spool.append([], [], 'refuse');
    };
    expect(await powerCut(500, runTimer)).toEqual(['a']);
  });

  it('with an interval syncs before anything is sent: its sequence must not be given to other data', async () => {
    expect(await powerCut(500, ({ spool }) => spool.peek(100))).toEqual(['a']);
  });

  it('with an interval syncs when it is closed and when a segment is full', async () => {
    expect(await powerCut(500, ({ spool }) => spool.close())).toEqual(['a']);
  });

  it('says so when a late fsync fails, and does not write to that segment again', async () => {
    const fs = new FailingFileSystem();
    const { spool, observer, folder } = await open({ fs, syncIntervalMs: 500 });
    await spool.append([payload('a')], [], 'refuse');
    fs.failSync = true;
    await spool.peek(100);
    fs.failSync = false;
    expect(observer.warnings).toEqual([expect.stringMatching(/fsync failed/)]);
    await spool.append([payload('b')], [], 'refuse');
    expect(segments(folder)).toHaveLength(2);
    expect(await waitingTexts(spool)).toEqual(['a', 'b']);
  });
});

describe('F17: the age of what waits while the clock jumps', () => {
  const YEARS_MS = 10 * 365 * 24 * 3_600_000;
  const HOUR_MS = 3_600_000;

  it.each([
    ['an hour ahead', HOUR_MS],
    ['an hour back', -HOUR_MS],
    ['ten years ahead', YEARS_MS],
    ['ten years back', -YEARS_MS],
  ])('%s: nothing expires early or late, before and after a jump back', async (_name, jumpMs) => {
    let steadyMs = 0;
    let wallMs = 2_000_000_000_000;
    const pass = (ms: number) => {
      steadyMs += ms;
      wallMs += ms;
    };
    const { spool, observer } = await open({ maxAgeMs: 1000, nowMs: () => wallMs, monotonicMs: () => steadyMs });
    await spool.append([payload('before')], [], 'refuse');
    pass(600);
    wallMs += jumpMs;
    await spool.append([payload('between')], [], 'refuse');
    expect(await waitingTexts(spool)).toEqual(['before', 'between']);
    expect(spool.depth().oldestAtMs).toBe(wallMs - 600);
    pass(600);
    expect(await waitingTexts(spool)).toEqual(['between']);
    wallMs -= jumpMs;
    await spool.append([payload('after')], [], 'refuse');
    expect((await spool.peek(100)).map(({ enqueuedAtMs }) => wallMs - enqueuedAtMs)).toEqual([600, 0]);
    pass(600);
    expect(await waitingTexts(spool)).toEqual(['after']);
    expect(observer.sum('dropped')).toBe(2);
  });

  it('takes what an earlier run seems to have appended in the future for new', async () => {
    const first = await open({ nowMs: () => 5_000_000 });
    await first.spool.append([payload('a')], [], 'refuse');
    let wallMs = 1_000_000;
    const { spool } = await open({ folder: first.folder, maxAgeMs: 1000, nowMs: () => wallMs });
    wallMs += 900;
    expect(await waitingTexts(spool)).toEqual(['a']);
    wallMs += 200;
    expect(await waitingTexts(spool)).toEqual([]);
  });
});

describe('F8: a spool on a failing disk', () => {
  it('disk full, short write: acknowledges no part of a write that did not fit, and heals when space returns', async () => {
    for (let room = 0; room < 130; room += 7) {
      const fs = new FailingFileSystem();
      const { spool, folder, observer } = await open({ fs });
      await spool.append([payload('before')], [], 'refuse');
      fs.freeBytesLeft = room;
      await expect(spool.append([payload('does not fit'.repeat(9))], [], 'refuse')).rejects.toBeInstanceOf(
        SpoolUnavailableError,
      );
      expect(spool.depth().payloads).toBe(1);
      fs.freeBytesLeft = Number.POSITIVE_INFINITY;
      await spool.append([payload('after')], [], 'refuse');
      expect(await waitingTexts(spool)).toEqual(['before', 'after']);
      const again = await open({ folder });
      expect(await waitingTexts(again.spool)).toEqual(['before', 'after']);
      expect(observer.sum('dropped') + again.observer.sum('dropped')).toBe(0);
    }
  });

  it('delivered bytes leave a disk that others have filled, and the next append finds their room', async () => {
    const fs = new MemoryDisk();
    fs.freeBytesLeft = 700_000;
    const { spool, observer } = await open({ fs, folder: '/q' });
    for (let i = 0; i < 5; i++) await spool.append([payload('x'.repeat(80_000))], [mark('/a', String(i))], 'refuse');
    fs.freeBytesLeft = 0;
    for (const { sequence } of await spool.peek(1_000_000)) await spool.acknowledge(sequence);
    expect(spool.depth().payloads).toBe(0);
    expect(fs.freeBytesLeft).toBeGreaterThan(400_000);
    await spool.append([payload('after')], [], 'refuse');
    expect(await waitingTexts(spool)).toEqual(['after']);
    await spool.close();
    const again = await open({ fs, folder: '/q' });
    expect(again.spool.marks('loki.source.file.a')).toEqual(new Map([['/a', '4']]));
    expect(await waitingTexts(again.spool)).toEqual(['after']);
    expect(observer.sum('dropped') + again.observer.sum('dropped')).toBe(0);
  });

  it('leaves no trail of segments while the disk is full', async () => {
    const fs = new FailingFileSystem();
    const { spool, folder } = await open({ fs });
    await spool.append([payload('before')], [mark('/a', '1')], 'refuse');
    fs.freeBytesLeft = 10;
    for (let i = 0; i < 5; i++) await expect(spool.append([payload('no')], [], 'refuse')).rejects.toThrow();
    expect(segments(folder)).toHaveLength(1);
  });

  it('keeps the marks of older segments when the disk was full as a new segment began', async () => {
    const fs = new FailingFileSystem();
    const { spool, folder } = await open({ fs, segmentBytes: 300 });
    await spool.append([payload('x'.repeat(250))], [mark('/a', '1')], 'refuse');
    fs.freeBytesLeft = 40;
    await expect(spool.append([payload('y'.repeat(250))], [], 'refuse')).rejects.toThrow();
    await spool.acknowledge(1);
    expect(segments(folder)).toHaveLength(2);
    fs.freeBytesLeft = 200;
    await spool.acknowledge(1);
    expect(segments(folder)).toHaveLength(1);
    const again = await open({ folder });
    expect([...again.spool.marks('loki.source.file.a')]).toEqual([['/a', '1']]);
  });

  it('EIO: acknowledges nothing when fsync fails, and does not trust the segment again', async () => {
    const fs = new FailingFileSystem();
    const { spool, folder } = await open({ fs, syncIntervalMs: 0 });
    await spool.append([payload('before')], [], 'refuse');
    fs.failSync = true;
    await expect(spool.append([payload('lost')], [], 'refuse')).rejects.toThrow(/fsync/);
    fs.failSync = false;
    await spool.append([payload('after')], [], 'refuse');
    expect(await waitingTexts(spool)).toEqual(['before', 'after']);
    expect(segments(folder)).toHaveLength(2);
  });

  it('EIO: what it could neither sync nor cut off may come back after a restart: a repeat, and nothing is lost by it', async () => {
    const fs = new FailingFileSystem();
    const { spool, folder } = await open({ fs, syncIntervalMs: 0 });
    const mark = (position: string) => [{ source: 'loki.source.file.a', key: '/a', position }];
    await spool.append([payload('before')], mark('1'), 'refuse');
    Object.assign(fs, { failSync: true, failTruncate: true });
    await expect(spool.append([payload('refused')], mark('2'), 'refuse')).rejects.toThrow(/fsync/);
    Object.assign(fs, { failSync: false, failTruncate: false });
    for (const [text, position] of [
      ['again', '2'],
      ['after', '3'],
    ] as const) {
      await spool.append([payload(text)], mark(position), 'refuse');
    }
    expect(await waitingTexts(spool)).toEqual(['before', 'again', 'after']);
    const restarted = await open({ folder });
    expect(await waitingTexts(restarted.spool)).toEqual(['before', 'refused', 'again', 'after']);
    expect([...restarted.spool.marks('loki.source.file.a')]).toEqual([['/a', '3']]);
    expect(restarted.observer.warnings).toEqual([]);
  });

  it('never reads a torn write that could not be cut off, neither now nor after a restart', async () => {
    const fs = new FailingFileSystem();
    const { spool, folder } = await open({ fs });
    await spool.append([payload('before', 2)], [], 'refuse');
    Object.assign(fs, { freeBytesLeft: 100, failTruncate: true });
    await expect(spool.append([payload('x'.repeat(500), 5)], [], 'refuse')).rejects.toBeInstanceOf(
      SpoolUnavailableError,
    );
    Object.assign(fs, { freeBytesLeft: Number.POSITIVE_INFINITY });
    await spool.append([payload('after', 3)], [], 'refuse');
    expect(await waitingTexts(spool)).toEqual(['before', 'after']);
    const again = await open({ folder });
    expect(await waitingTexts(again.spool)).toEqual(['before', 'after']);
    expect(again.observer.sum('dropped')).toBe(0);
  });

  it('read-only: goes on delivering from a disk that became so, and appends again when it is writable', async () => {
    const fs = new FailingFileSystem();
    const first = await open({ fs });
    await first.spool.append([payload('a')], [], 'refuse');
    await first.spool.close();
    fs.readOnly = true;
    const { spool } = await open({ fs, folder: first.folder });
    expect(await waitingTexts(spool)).toEqual(['a']);
    await expect(spool.append([payload('b')], [], 'refuse')).rejects.toThrow(/EROFS/);
    await spool.acknowledge(1);
    fs.readOnly = false;
    await spool.append([payload('c')], [], 'refuse');
    expect(await waitingTexts(spool)).toEqual(['c']);
  });
});
