/** Against a fake engine on a unix socket (test/support/fake-docker-engine.ts), which the real docker command takes for one. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import { FakeDockerEngine } from '../../test/support/fake-docker-engine.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { waitUntil } from '../../test/support/wait-until.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { ContainerLogs } from './container-logs.ts';
import { Engine } from './engine.ts';
import type { StreamLabels } from './waiting-lines.ts';

/** Keeps what was written, and the latest mark of each key, as a spool does. */
class Sink {
  readonly batches: LogsBatch[] = [];
  readonly stored = new Map<string, string>();
  fail = 0;
  /** Pending until it is opened. */
  gate: Promise<void> = Promise.resolve();

  async write(batch: LogsBatch): Promise<void> {
    await this.gate;
    if (this.fail-- > 0) throw new Error('no room');
    this.batches.push(batch);
    for (const { key, position } of batch.marks) {
      if (position === '') this.stored.delete(key);
      else this.stored.set(key, position);
    }
  }
  async marks(): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map([...this.stored].map(([key, position]) => [key, [position]]));
  }
  get lines(): string[] {
    return this.batches.flatMap(({ streams }) => streams.flatMap(({ entries }) => entries.map(({ line }) => line)));
  }
}

/** The waits of seconds are over in a moment: what matters is what happens, not when. */
const hurried: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

let folder: ReturnType<typeof tempFolder>;
let engine: FakeDockerEngine;
let sink: Sink;
let running: { readonly stop: AbortController; readonly done: Promise<void> }[];

beforeEach(async () => {
  folder = tempFolder('docker');
  engine = await FakeDockerEngine.start(join(folder.path, 'docker.sock'));
  sink = new Sink();
  running = [];
});

afterEach(async () => {
  await stopAll();
  await engine.close();
  folder.remove();
});

async function stopAll(): Promise<void> {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.splice(0).map(({ done }) => done));
}

const labels = (name: string): StreamLabels => ({
  stdout: labelsFromRecord({ container: name, stream: 'stdout' }),
  stderr: labelsFromRecord({ container: name, stream: 'stderr' }),
});

function start(ids: readonly string[] = ['c1'], own: (id: string) => StreamLabels = labels) {
  const telemetry = new Telemetry();
  const { logger, lines: log } = recordingLogger();
  const client = new Engine({ host: engine.host, headers: [], timeoutMs: 5000 });
  const logs = new ContainerLogs({
    componentId: 'loki.source.docker.a',
    clock: hurried,
    logger,
    writer: sink,
    engine: () => client,
    entries: telemetry.counter('entries', ''),
    parsingErrors: telemetry.counter('errors', ''),
    droppedLines: telemetry.counter('dropped', ''),
    active: telemetry.gauge('active', ''),
  });
  const set = (wanted: readonly string[]) => logs.setContainers(wanted.map((id) => ({ id, labels: own(id) })));
  set(ids);
  const stop = new AbortController();
  running.push({ stop, done: logs.run(stop.signal) });
  return { logs, telemetry, log, set };
}

const arrived = (line: string) => waitUntil(`${line} is read`, () => sink.lines.includes(line), { everyMs: 5 });
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);

describe('the logs of containers', () => {
  it('are followed with the times of the engine, each stream under its labels', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('one');
    c1.log('two', 'stderr');
    start();
    await arrived('two');
    c1.log('three');
    await arrived('three');
    const streams = sink.batches.flatMap((batch) => batch.streams);
    expect(streams[0]!.labels).toEqual([
      { name: 'container', value: 'c1' },
      { name: 'stream', value: 'stdout' },
    ]);
    expect(streams[0]!.entries[0]).toEqual({ line: 'one', timestampNs: 1_790_000_000_001_000_000n, metadata: [] });
    expect(sink.lines).toEqual(['one', 'two', 'three']);
    expect(engine.asked.filter((path) => path.includes('/logs'))).toEqual([
      '/containers/c1/logs?follow=1&stdout=1&stderr=1&timestamps=1&tail=all&since=0',
    ]);
  });

  it('of both streams stay in order where their labels are the same', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) c1.log(text, i % 2 === 0 ? 'stdout' : 'stderr');
    const same = labelsFromRecord({ container: 'web' });
    start(['c1'], () => ({ stdout: same, stderr: same }));
    await arrived('d');
    expect(sink.batches[0]!.streams.map(({ entries }) => entries.map(({ line }) => line))).toEqual([
      ['a', 'b', 'c', 'd'],
    ]);
  });

  it('of a terminal and with long, empty and odd lines arrive as they are', async () => {
    const tty = engine.add({ id: 'tty', name: 'tty', isTerminal: true });
    const c1 = engine.add({ id: 'c1', name: 'web' });
    const long = 'x'.repeat(100_000);
    tty.log('prompt');
    tty.log(long);
    c1.log('');
    c1.log(`${long}y`);
    c1.log('grün — 木');
    start(['c1', 'tty']);
    await waitUntil('all is read', () => sink.lines.length === 4, { everyMs: 5 });
    expect(sink.lines.toSorted()).toEqual(['prompt', 'grün — 木', long, `${long}y`].toSorted());
  });

  it.each([false, true])(
    'go on behind the last line that was stored, with lines of one time too; old engine: %s',
    async (old) => {
      engine.filtersEach = old;
      const c1 = engine.add({ id: 'c1', name: 'web' });
      const atNs = 1_790_000_500_000_000_000n;
      for (const line of numbers(1, 5)) c1.log(line, 'stdout', atNs);
      start();
      await arrived('line 5');
      await stopAll();
      for (const line of numbers(6, 8)) c1.log(line, 'stdout', atNs);
      c1.log('line 9', 'stderr', atNs + 1n);
      start();
      await arrived('line 9');
      expect(sink.lines).toEqual(numbers(1, 9));
    },
  );

  it('do not lose the beginning of a line that was being written when reading stopped', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('first');
    c1.raw(Buffer.from('unfin'), 'stdout', 1_790_000_001_000_000_000n);
    c1.log('error', 'stderr', 1_790_000_001_500_000_000n);
    start();
    await arrived('error');
    await stopAll();
    c1.raw(Buffer.from('ished\n'), 'stdout', 1_790_000_001_000_000_000n);
    start();
    await arrived('unfinished');
    expect(sink.lines).toEqual(['first', 'error', 'unfinished']);
  });

  it('go on after a restart of the container, whether or not somebody was looking', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('line 1');
    start();
    await arrived('line 1');
    c1.log('line 2');
    c1.stop();
    await arrived('line 2');
    c1.start();
    c1.log('line 3');
    await arrived('line 3');
    c1.stop();
    c1.start();
    c1.log('line 4');
    c1.stop();
    await arrived('line 4');
    expect(sink.lines).toEqual(numbers(1, 4));
  });

  it('go on after a restart of the engine, and its absence is told', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('line 1');
    const { logs } = start();
    await arrived('line 1');
    await engine.close();
    c1.log('line 2');
    const told = /^1 of 1 containers cannot be read; container c1: .*is Docker running\?$/;
    await waitUntil('it is told', () => told.test(logs.health.message), { everyMs: 5 });
    expect(logs.health.state).toBe('unhealthy');
    await engine.listen();
    c1.log('line 3');
    await arrived('line 3');
    expect(sink.lines).toEqual(numbers(1, 3));
    expect(logs.health.state).toBe('healthy');
  });

  it('go on behind the latest time where the lines read last have been rotated away', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    for (const line of numbers(1, 10)) c1.log(line);
    start();
    await arrived('line 10');
    await stopAll();
    for (const line of numbers(11, 20)) c1.log(line);
    c1.rotate(12);
    start();
    await arrived('line 20');
    await stopAll();
    for (const line of numbers(21, 22)) c1.log(line);
    start();
    await arrived('line 22');
    expect(sink.lines).toEqual(numbers(1, 22));
  });

  it('are read to their end when a container stops and is no longer found', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('line 1');
    const { set, telemetry } = start();
    await arrived('line 1');
    c1.log('line 2');
    c1.stop();
    set([]);
    await arrived('line 2');
    await waitUntil('it is left', () => telemetry.gauge('active', '').value === 0, { everyMs: 5 });
    expect([...sink.stored.keys()]).toEqual(['c1']);
    c1.start();
    c1.log('line 3');
    set(['c1']);
    await arrived('line 3');
    expect(sink.lines).toEqual(numbers(1, 3));
  });

  it('are left at once where the configuration takes a running container out', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('line 1');
    const { set } = start();
    await arrived('line 1');
    set([]);
    await waitUntil('nobody follows it', () => c1.followers === 0, { everyMs: 5 });
    expect([...sink.stored.keys()]).toEqual(['c1']);
  });

  it('leave no position of a container that was removed, while it was followed or while nobody looked', async () => {
    engine.add({ id: 'c1', name: 'a' }).log('a');
    engine.add({ id: 'c2', name: 'b' }).log('b');
    const c2 = engine.containers.get('c2')!;
    start(['c1', 'c2']);
    await waitUntil('both are read', () => sink.lines.length === 2, { everyMs: 5 });
    c2.stop();
    engine.containers.delete('c2');
    await waitUntil('it is forgotten', () => !sink.stored.has('c2'), { everyMs: 5 });
    await stopAll();
    engine.containers.delete('c1');
    start([]);
    await waitUntil('it is forgotten', () => !sink.stored.has('c1'), { everyMs: 5 });
    expect(sink.lines.toSorted()).toEqual(['a', 'b']);
  });

  it('are read once however often a batch could not be written', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    for (const line of numbers(1, 5)) c1.log(line);
    sink.fail = 2;
    start();
    await arrived('line 5');
    expect(sink.lines).toEqual(numbers(1, 5));
  });

  it('wait in the engine while nothing can be written: memory does not grow with them', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    let open: () => void = () => undefined;
    sink.gate = new Promise((resolve) => {
      open = resolve;
    });
    const text = 'x'.repeat(10_000);
    for (let i = 0; i < 2000; i++) c1.log(`${i} ${text}`);
    const { logs } = start();
    await waitUntil('it follows', () => c1.followers === 1, { everyMs: 5 });
    await waitUntil('it has begun', () => {
      const [found] = logs.debugInfo().containers as { read_up_to: string }[];
      return found !== undefined && found.read_up_to !== '';
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [found] = logs.debugInfo().containers as { read_up_to: string }[];
    // A line a millisecond: of 20 MB it has taken at most what may wait, twice.
    expect(Date.parse(found!.read_up_to) - 1_790_000_000_000).toBeLessThan(400);
    open();
    await waitUntil('all is read', () => sink.lines.length === 2000, { everyMs: 5 });
    expect(sink.lines.map((line) => Number(line.split(' ', 1)[0]))).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  });

  it('whose labels change are written with the new ones without being read again', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('line 1');
    let generation = '1';
    const { set } = start(['c1'], () => {
      const own = labelsFromRecord({ generation });
      return { stdout: own, stderr: own };
    });
    await arrived('line 1');
    generation = '2';
    set(['c1']);
    c1.log('line 2');
    await arrived('line 2');
    expect(sink.lines).toEqual(numbers(1, 2));
    expect(sink.batches.at(-1)!.streams[0]!.labels).toEqual([{ name: 'generation', value: '2' }]);
  });

  it('that rules drop are counted and passed over', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.log('noise');
    c1.log('error', 'stderr');
    const { telemetry } = start(['c1'], () => ({ stdout: undefined, stderr: labelsFromRecord({ a: 'b' }) }));
    await arrived('error');
    expect(sink.lines).toEqual(['error']);
    expect(telemetry.counter('dropped', '').value).toBe(1);
  });

  it('that a driver does not keep are told in the log and on the page, and are no reason to be unhealthy', async () => {
    const c1 = engine.add({ id: 'c1', name: 'web' });
    c1.logsError = { status: 501, message: 'configured logging driver does not support reading' };
    const { logs, log } = start();
    await waitUntil('it is told', () => log.some((line) => line.includes('does not support reading')), { everyMs: 5 });
    expect(logs.health.state).toBe('healthy');
    expect(logs.debugInfo()).toMatchObject({
      containers: [
        { id: 'c1', last_error: 'the engine answered 501: configured logging driver does not support reading' },
      ],
    });
  });
});
