import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { ManualClock, settle } from '../testing/manual-clock.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { Tailer, type TailTarget } from './tailer.ts';

let folder: string;
let path: string;

/** Keeps what was written, and the latest mark of each key, as a spool does. */
class Sink {
  readonly batches: LogsBatch[] = [];
  readonly stored = new Map<string, string>();
  fail = 0;

  async write(batch: LogsBatch): Promise<void> {
    if (this.fail-- > 0) throw new Error('no room');
    this.batches.push(batch);
    for (const { key, position } of batch.marks) this.stored.set(key, position);
  }
  async marks(): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map(
      [...this.stored].filter(([, position]) => position !== '').map(([key, position]) => [key, [position]]),
    );
  }
  get lines(): string[] {
    return this.batches.flatMap(({ streams }) => streams.flatMap(({ entries }) => entries.map(({ line }) => line)));
  }
}

let sink: Sink;
let running: { stop: AbortController; done: Promise<void>; clock: ManualClock }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tail-'));
  path = join(folder, 'app.log');
  sink = new Sink();
  running = [];
});

afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.map(({ done }) => done));
  rmSync(folder, { recursive: true });
});

function start(targets: TailTarget[] = [{ path, labels: { job: 'app' } }], fromEnd = false) {
  const telemetry = new Telemetry();
  const clock = new ManualClock();
  const tailer = new Tailer({
    componentId: 'loki.source.file.a',
    clock,
    logger: recordingLogger().logger,
    writer: sink,
    settings: () => ({ fromEnd, minPollMs: 250, maxPollMs: 250 }),
    readLines: telemetry.counter('lines', ''),
    readBytes: telemetry.counter('bytes', ''),
    activeFiles: telemetry.gauge('files', ''),
  });
  tailer.setTargets(targets);
  const stop = new AbortController();
  const run = { stop, done: tailer.run(stop.signal), clock, tailer };
  running.push(run);
  return run;
}

async function stop(run: { stop: AbortController; done: Promise<void> }) {
  run.stop.abort();
  await run.done;
}

/** Until the tailer has looked twice and found nothing more. */
async function caughtUp({ clock }: { clock: ManualClock }): Promise<string[]> {
  for (let round = 0; round < 3; round++) {
    await settle(() => clock.sleeping > 0);
    clock.tick();
  }
  await settle(() => clock.sleeping > 0);
  return sink.lines;
}

describe('following a file', () => {
  it('reads from the beginning, adds the file name, and trims carriage returns', async () => {
    writeFileSync(path, 'one\r\ntwo\n');
    expect(await caughtUp(start())).toEqual(['one', 'two']);
    expect(sink.batches[0]!.streams[0]!.labels).toEqual([
      { name: 'filename', value: path },
      { name: 'job', value: 'app' },
    ]);
  });

  it('leaves a line without a newline in the file until it is whole', async () => {
    writeFileSync(path, 'one\ntw');
    const run = start();
    expect(await caughtUp(run)).toEqual(['one']);
    appendFileSync(path, 'o\n');
    expect(await caughtUp(run)).toEqual(['one', 'two']);
  });

  it('reads lines that are longer than its buffer, and many lines', async () => {
    const long = 'x'.repeat(200_000);
    const many = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'y'.repeat(i % 90)}`);
    writeFileSync(path, `${[long, ...many, long].join('\n')}\n`);
    expect(await caughtUp(start())).toEqual([long, ...many, long]);
  });

  it('cuts a line that does not end', async () => {
    writeFileSync(path, `${'z'.repeat(2.5 * 1024 * 1024)}\nshort\n`);
    expect((await caughtUp(start())).map((line) => line.length)).toEqual([1024 * 1024, 1024 * 1024, 512 * 1024, 5]);
  });

  it('gives each line a time of its own', async () => {
    writeFileSync(path, 'same\nsame\nsame\n');
    await caughtUp(start());
    const times = sink.batches.flatMap(({ streams }) =>
      streams.flatMap(({ entries }) => entries.map((entry) => entry.timestampNs)),
    );
    expect(new Set(times).size).toBe(3);
  });

  it('begins at the end of a file when asked to, but at the beginning of one that replaces it', async () => {
    writeFileSync(path, 'old\n');
    const run = start(undefined, true);
    expect(await caughtUp(run)).toEqual([]);
    appendFileSync(path, 'new\n');
    expect(await caughtUp(run)).toEqual(['new']);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'newer\n');
    expect(await caughtUp(run)).toEqual(['new', 'newer']);
  });

  it('waits for a file that is not there yet', async () => {
    const run = start();
    expect(await caughtUp(run)).toEqual([]);
    writeFileSync(path, 'one\n');
    expect(await caughtUp(run)).toEqual(['one']);
  });

  it('follows two files at once', async () => {
    const other = join(folder, 'other.log');
    writeFileSync(path, 'a\n');
    writeFileSync(other, 'b\n');
    const run = start([
      { path, labels: {} },
      { path: other, labels: {} },
    ]);
    expect((await caughtUp(run)).sort()).toEqual(['a', 'b']);
  });
});

describe('rotation', () => {
  it('by rename: the old file is read to its end, its unfinished line too, before the new one', async () => {
    writeFileSync(path, 'one\n');
    const run = start();
    await caughtUp(run);
    appendFileSync(path, 'two\nlast words');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    expect(await caughtUp(run)).toEqual(['one', 'two', 'last words', 'three']);
  });

  it('by copy and truncate: goes on at the beginning', async () => {
    writeFileSync(path, 'one\ntwo\n');
    const run = start();
    await caughtUp(run);
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, 'three\n');
    expect(await caughtUp(run)).toEqual(['one', 'two', 'three']);
  });

  it('by truncation that is filled again before anybody looked: known by its first bytes', async () => {
    writeFileSync(path, 'one\n');
    const run = start();
    await caughtUp(run);
    truncateSync(path, 0);
    appendFileSync(path, 'a longer text than before\nand more\n');
    expect(await caughtUp(run)).toEqual(['one', 'a longer text than before', 'and more']);
  });

  it('by deletion: what was not read yet is read, and a new file of the name is read from its beginning', async () => {
    writeFileSync(path, 'one\n');
    const run = start();
    await caughtUp(run);
    appendFileSync(path, 'two\n');
    rmSync(path);
    expect(await caughtUp(run)).toEqual(['one', 'two']);
    expect([...sink.stored.values()]).toEqual(['']);
    writeFileSync(path, 'three\n');
    expect(await caughtUp(run)).toEqual(['one', 'two', 'three']);
  });
});

describe('positions', () => {
  it('let a new run go on where the last one stopped', async () => {
    writeFileSync(path, 'one\ntw');
    const first = start();
    await caughtUp(first);
    await stop(first);
    appendFileSync(path, 'o\nthree\n');
    expect(await caughtUp(start())).toEqual(['one', 'two', 'three']);
  });

  it('find the rest of a file that was rotated between two runs', async () => {
    writeFileSync(path, 'one\n');
    const first = start();
    await caughtUp(first);
    await stop(first);
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    expect(await caughtUp(start())).toEqual(['one', 'two', 'three']);
  });

  it('do not fit another file, even with the inode of the old one', async () => {
    writeFileSync(path, 'one\ntwo\n');
    const first = start();
    await caughtUp(first);
    await stop(first);
    writeFileSync(path, 'another file altogether\nwith lines\n');
    expect(await caughtUp(start())).toEqual(['one', 'two', 'another file altogether', 'with lines']);
  });

  it('advance only with the lines: what could not be written is read again', async () => {
    writeFileSync(path, 'one\ntwo\n');
    sink.fail = 2;
    const run = start();
    for (let i = 0; i < 2; i++) {
      await settle(() => run.clock.sleeping > 0);
      run.clock.tick();
    }
    expect(await caughtUp(run)).toEqual(['one', 'two']);
  });

  it('go back over a rotation when the lines before it could not be written', async () => {
    writeFileSync(path, 'one\n');
    const run = start();
    await caughtUp(run);
    sink.fail = 1;
    appendFileSync(path, 'two\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    expect(await caughtUp(run)).toEqual(['one', 'two', 'three']);
  });

  it('of two destinations count the one that has less', async () => {
    writeFileSync(path, 'one\n');
    const first = start();
    await caughtUp(first);
    const [[key, early]] = [...sink.stored] as [[string, string]];
    appendFileSync(path, 'two\n');
    await caughtUp(first);
    await stop(first);
    const late = sink.stored.get(key)!;
    sink = new Sink();
    sink.marks = async () => new Map([[key, [late, early]]]);
    expect(await caughtUp(start())).toEqual(['two']);
  });
});
