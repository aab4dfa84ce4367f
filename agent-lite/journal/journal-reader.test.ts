/** Against the real journalctl on real journal files, but where journalctl must fail: there a script takes its place. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import { compileRelabelRules } from '../../core/relabel/compile.ts';
import { DEFAULT_RELABEL_CONFIG, type RelabelConfig } from '../../core/relabel/config.ts';
import { requireJournal, rotateJournal, writeJournal } from '../../test/support/journal.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { waitUntil } from '../../test/support/wait-until.ts';
import { systemClock } from '../runtime/clock.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { JournalReader, type ReaderSettings } from './journal-reader.ts';

/** Keeps what was written, and the latest mark, as a spool does. */
class Sink {
  readonly batches: LogsBatch[] = [];
  marked: string[] = [];
  fail = 0;

  async write(batch: LogsBatch): Promise<void> {
    if (this.fail-- > 0) throw new Error('no room');
    this.batches.push(batch);
    for (const { position } of batch.marks) this.marked = [position];
  }
  async marks(): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.marked.length === 0 ? new Map() : new Map([[folder.path, this.marked]]);
  }
  get lines(): string[] {
    return this.batches.flatMap(({ streams }) => streams.flatMap(({ entries }) => entries.map(({ line }) => line)));
  }
}

let folder: ReturnType<typeof tempFolder>;
let sink: Sink;
let runs: { readonly stop: AbortController; readonly done: Promise<void> }[];

beforeEach(() => {
  folder = tempFolder('journal');
  sink = new Sink();
  runs = [];
});

afterEach(async () => {
  await stopAll();
  folder.remove();
});

async function stopAll(): Promise<void> {
  for (const { stop } of runs) stop.abort();
  await Promise.all(runs.splice(0).map(({ done }) => done));
}

function start(own: Partial<ReaderSettings> = {}, journalctl = 'journalctl', clock = systemClock) {
  const telemetry = new Telemetry();
  const { logger, lines: log } = recordingLogger();
  const settings: ReaderSettings = {
    path: folder.path,
    matches: [],
    maxAgeMs: 0,
    asJson: false,
    labels: labelsFromRecord({ job: 'journal' }),
    rules: [],
    legacy: undefined,
    ...own,
  };
  const reader = new JournalReader({
    componentId: 'loki.source.journal.a',
    clock,
    logger,
    writer: sink,
    settings: () => settings,
    readLines: telemetry.counter('lines', ''),
    errors: (error) => telemetry.counter('errors', '', { error }),
    journalctl,
  });
  const stop = new AbortController();
  runs.push({ stop, done: reader.run(stop.signal) });
  return { reader, telemetry, log };
}

const BASE_US = 1_790_000_000_000_000n;

function message(i: number, more: readonly (readonly [string, string | Uint8Array])[] = [], bootId?: string) {
  const realtimeUs = BASE_US + BigInt(i) * 1_000_000n;
  return { realtimeUs, fields: [['MESSAGE', `m${i}`], ...more] as const, ...(bootId === undefined ? {} : { bootId }) };
}

function messages(from: number, to: number, bootId?: string) {
  return Array.from({ length: to - from + 1 }, (_, i) => message(from + i, [], bootId));
}

const names = (from: number, to: number) => messages(from, to).map(({ fields }) => fields[0][1]);
const arrived = (last: string) => waitUntil(`${last} is read`, () => sink.lines.includes(last), { everyMs: 10 });
const rule = (config: Partial<RelabelConfig>) => compileRelabelRules([{ ...DEFAULT_RELABEL_CONFIG, ...config }]);

describe.skipIf(!requireJournal())('a journal', () => {
  it('is read from its beginning and followed, with the time of each entry', async () => {
    writeJournal(folder.path, messages(1, 3));
    start();
    await arrived('m3');
    writeJournal(folder.path, messages(4, 5));
    await arrived('m5');
    expect(sink.lines).toEqual(names(1, 5));
    expect(sink.batches[0]!.streams[0]!.labels).toEqual([{ name: 'job', value: 'journal' }]);
    expect(sink.batches[0]!.streams[0]!.entries[0]!.timestampNs).toBe((BASE_US + 1_000_000n) * 1000n);
  });

  it('goes on behind the entry that was stored last, after a new start of the agent', async () => {
    writeJournal(folder.path, messages(1, 3));
    start();
    await arrived('m3');
    await stopAll();
    writeJournal(folder.path, messages(4, 6));
    start();
    await arrived('m6');
    expect(sink.lines).toEqual(names(1, 6));
  });

  it('is read over rotations, while it is followed and while nobody reads', async () => {
    writeJournal(folder.path, messages(1, 3));
    start();
    await arrived('m3');
    rotateJournal(folder.path);
    writeJournal(folder.path, messages(4, 5));
    await arrived('m5');
    await stopAll();
    writeJournal(folder.path, messages(6, 7));
    rotateJournal(folder.path);
    writeJournal(folder.path, messages(8, 9));
    start();
    await arrived('m9');
    expect(sink.lines).toEqual(names(1, 9));
  });

  it('loses nothing that is left where the entry that was read last has been vacuumed away', async () => {
    writeJournal(folder.path, messages(1, 3));
    start();
    await arrived('m3');
    await stopAll();
    const archived = rotateJournal(folder.path);
    writeJournal(folder.path, messages(4, 6));
    rmSync(archived);
    start();
    await arrived('m6');
    expect(sink.lines).toEqual(names(1, 6));
  });

  it('is read over reboots: `journalctl --follow` alone would leave out what came before the last one', async () => {
    writeJournal(folder.path, messages(1, 3, '1'.repeat(32)));
    start();
    await arrived('m3');
    await stopAll();
    writeJournal(folder.path, [...messages(4, 5, '1'.repeat(32)), ...messages(6, 7, '2'.repeat(32))]);
    start();
    await arrived('m7');
    expect(sink.lines).toEqual(names(1, 7));
  });

  it('is read back to max_age, and a position that is older does not count', async () => {
    const nowUs = BigInt(Date.now()) * 1000n;
    const ago = (minutes: number) => ({
      realtimeUs: nowUs - BigInt(minutes) * 60_000_000n,
      fields: [['MESSAGE', `${minutes} minutes ago`]] as const,
    });
    writeJournal(folder.path, [ago(90), ago(80), ago(30), ago(20)]);
    start({ maxAgeMs: 3_600_000 });
    await arrived('20 minutes ago');
    expect(sink.lines).toEqual(['30 minutes ago', '20 minutes ago']);
    await stopAll();
    start({ maxAgeMs: 25 * 60_000 });
    writeJournal(folder.path, [ago(1)]);
    await arrived('1 minutes ago');
    expect(sink.lines).toEqual(['30 minutes ago', '20 minutes ago', '1 minutes ago']);
  });

  it('takes up the cursor of another agent, and no more once it has a position of its own', async () => {
    writeJournal(folder.path, messages(1, 4));
    start();
    await arrived('m4');
    await stopAll();
    const file = join(folder.path, 'positions.yaml');
    const cursorOf = async (i: number) => {
      sink = new Sink();
      start({ matches: [`MESSAGE=m${i}`] });
      await arrived(`m${i}`);
      await stopAll();
      return (JSON.parse(sink.marked[0]!) as { cursor: string }).cursor;
    };
    writeFileSync(file, `positions:\n  cursor-journal: ${await cursorOf(2)}\n`);
    sink = new Sink();
    const legacy = { file, name: 'journal' };
    start({ legacy });
    await arrived('m4');
    await stopAll();
    expect(sink.lines).toEqual(['m3', 'm4']);
    start({ legacy });
    writeJournal(folder.path, messages(5, 5));
    await arrived('m5');
    expect(sink.lines).toEqual(['m3', 'm4', 'm5']);
  });

  it('is read by matches: one of each field that is named', async () => {
    const unit = (name: string, priority: string) =>
      [
        ['_SYSTEMD_UNIT', name],
        ['PRIORITY', priority],
      ] as const;
    writeJournal(folder.path, [
      message(1, unit('a.service', '3')),
      message(2, unit('b.service', '3')),
      message(3, unit('a.service', '6')),
      message(4, unit('c.service', '3')),
    ]);
    start({ matches: ['_SYSTEMD_UNIT=a.service', '_SYSTEMD_UNIT=c.service', 'PRIORITY=3'] });
    await arrived('m4');
    expect(sink.lines).toEqual(['m1', 'm4']);
  });

  it('makes lines of what is not plain text, and none of entries without a message', async () => {
    const long = 'x'.repeat(300_000);
    const one = (i: number, value: string | Uint8Array) => ({
      realtimeUs: BASE_US + BigInt(i) * 1_000_000n,
      fields: [['MESSAGE', value]] as const,
    });
    writeJournal(folder.path, [
      one(1, 'two\nlines'),
      one(2, '\u001b[31mred\u001b[0m'),
      one(3, Uint8Array.of(0xff, 0x62, 0xc3, 0xa4)),
      one(4, long),
      one(5, 'grün — 木'),
      { realtimeUs: BASE_US + 6_000_000n, fields: [['COREDUMP', 'no message']] },
      one(7, ''),
      one(8, 'last'),
    ]);
    const { telemetry } = start();
    await arrived('last');
    expect(sink.lines).toEqual(['two\nlines', '\u001b[31mred\u001b[0m', '\ufffdbä', long, 'grün — 木', 'last']);
    expect(telemetry.counter('errors', '', { error: 'no_message' }).value).toBe(2);
    expect(telemetry.counter('lines', '').value).toBe(6);
  });

  it('leaves out an entry that is too long for memory, and says so', async () => {
    writeJournal(folder.path, [
      message(1),
      message(2, [['COREDUMP', new Uint8Array(6 * 1024 * 1024).fill(200)]]),
      message(3),
    ]);
    const { telemetry, log } = start();
    await arrived('m3');
    expect(sink.lines).toEqual(['m1', 'm3']);
    expect(telemetry.counter('errors', '', { error: 'too_long' }).value).toBe(1);
    expect(log.join('\n')).toContain('they are too long');
  });

  it('gives rules the fields as __journal_ labels with the keyword of the priority, and removes those afterwards', async () => {
    writeJournal(folder.path, [
      message(1, [
        ['PRIORITY', '4'],
        ['_SYSTEMD_UNIT', 'cron.service'],
      ]),
    ]);
    const rules = rule({ action: 'labelmap', regex: '__journal_(.+)' });
    start({ rules });
    await arrived('m1');
    expect(Object.fromEntries(sink.batches[0]!.streams[0]!.labels.map(({ name, value }) => [name, value]))).toEqual({
      _boot_id: '0123456789abcdef0123456789abcdef',
      _systemd_unit: 'cron.service',
      job: 'journal',
      message: 'm1',
      priority: '4',
      priority_keyword: 'warning',
    });
  });

  it('moves on over entries that rules drop, so that they are not looked at again', async () => {
    writeJournal(folder.path, [...messages(1, 3), message(4, [['PRIORITY', '3']])]);
    const { telemetry } = start({ rules: rule({ action: 'keep', sourceLabels: ['__journal_priority'], regex: '3' }) });
    await arrived('m4');
    expect(telemetry.counter('errors', '', { error: 'empty_labels' }).value).toBe(3);
    await stopAll();
    writeJournal(folder.path, messages(5, 5));
    start();
    await arrived('m5');
    expect(sink.lines).toEqual(['m4', 'm5']);
  });

  it('sends the whole entry as JSON where that is asked for, as Go would write it', async () => {
    writeJournal(folder.path, [
      message(1, [
        ['TAG', 'a & b'],
        ['_PID', '1'],
      ]),
      { ...message(2), fields: [['X', 'y']] },
    ]);
    start({ asJson: true });
    await waitUntil('both are read', () => sink.lines.length === 2, { everyMs: 10 });
    expect(sink.lines).toEqual([
      '{"MESSAGE":"m1","TAG":"a \\u0026 b","_BOOT_ID":"0123456789abcdef0123456789abcdef","_PID":"1"}',
      '{"X":"y","_BOOT_ID":"0123456789abcdef0123456789abcdef"}',
    ]);
  });

  it('is read once however often a batch could not be written', async () => {
    writeJournal(folder.path, messages(1, 3));
    sink.fail = 1;
    start();
    await arrived('m3');
    expect(sink.lines).toEqual(names(1, 3));
  });

  it('is read by large batches where much of it waits', async () => {
    writeJournal(folder.path, messages(1, 25_000));
    start();
    await arrived('m25000');
    expect(sink.lines).toEqual(names(1, 25_000));
    expect(sink.batches.length).toBeLessThan(60);
  });

  it('goes on where journalctl was killed', async () => {
    writeJournal(folder.path, messages(1, 3));
    const { reader } = start();
    await arrived('m3');
    process.kill(Number(String(reader.debugInfo().journalctl).replace('pid ', '')), 'SIGKILL');
    await waitUntil('it is noticed', () => reader.health.state === 'unhealthy', { everyMs: 10 });
    expect(reader.health.message).toContain('journalctl was ended by SIGKILL');
    writeJournal(folder.path, messages(4, 4));
    await arrived('m4');
    await waitUntil('it is well again', () => reader.health.state === 'healthy', { everyMs: 10 });
    expect(sink.lines).toEqual(names(1, 4));
  });
});

describe('a journalctl', () => {
  function script(text: string): string {
    const path = join(folder.path, 'journalctl.sh');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('that is missing is told and asked for later and later, without a busy loop', async () => {
    const clock = new ManualClock();
    const { reader, log } = start({}, 'journalctl-that-is-not-there', clock);
    const startedAtMs = clock.nowMs();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      await waitUntil('it waits', () => clock.sleeping > 0, { everyMs: 1 });
      const before = clock.nowMs();
      clock.tick();
      waits.push(clock.nowMs() - before);
    }
    expect(clock.nowMs()).toBeGreaterThan(startedAtMs);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(reader.health).toMatchObject({
      state: 'unhealthy',
      message: expect.stringContaining('journalctl-that-is-not-there is not installed or not on the PATH'),
    });
    expect(log[0]).toContain('the journal cannot be read');
  });

  it('that refuses is told with its own words', async () => {
    const { reader } = start(
      {},
      script('echo "No journal files were opened due to insufficient permissions." >&2; exit 1'),
    );
    await waitUntil('it is told', () => reader.health.state === 'unhealthy', { everyMs: 10 });
    expect(reader.health.message).toContain(
      'journalctl exited with code 1: No journal files were opened due to insufficient permissions.',
    );
  });

  it('that reads only a part of the journal for want of permission makes the component unhealthy, and its lines count', async () => {
    const hint = 'Hint: You are currently not seeing messages from other users and the system.';
    const entry = '{"__CURSOR":"s=1;t=1","__REALTIME_TIMESTAMP":"1","MESSAGE":"mine"}';
    const { reader } = start({}, script(`echo "${hint}" >&2; sleep 0.2; echo '${entry}'; exec sleep 60`));
    await arrived('mine');
    await waitUntil('it is told', () => reader.health.state === 'unhealthy', { everyMs: 10 });
    expect(reader.health.message).toContain(hint);
  });

  it('that writes what is no entry costs that line only', async () => {
    const entry = (i: number) => `{"__CURSOR":"s=1;t=${i}","__REALTIME_TIMESTAMP":"${i}","MESSAGE":"m${i}"}`;
    const { telemetry } = start(
      {},
      script(`echo '${entry(1)}'; echo '-- Reboot --'; echo '[]'; echo '${entry(2)}'; exec sleep 60`),
    );
    await arrived('m2');
    expect(telemetry.counter('errors', '', { error: 'unreadable' }).value).toBe(2);
    expect(sink.lines).toEqual(['m1', 'm2']);
  });

  it('gets no secret of our environment', async () => {
    process.env.SPILLWAY_TOKEN = 'spw_secret';
    const entry = '{"__CURSOR":"s=1;t=1","__REALTIME_TIMESTAMP":"1","MESSAGE":"\'"token=$SPILLWAY_TOKEN"\'"}';
    start({}, script(`echo '${entry}'; exec sleep 60`));
    await waitUntil('it is read', () => sink.lines.length > 0, { everyMs: 10 });
    delete process.env.SPILLWAY_TOKEN;
    expect(sink.lines).toEqual(['token=']);
  });
});
