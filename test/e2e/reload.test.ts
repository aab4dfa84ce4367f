/**
 * Reloads under way: with configurations that change, break and are mended again, by HTTP and by SIGHUP, the real agent
 * loses no line of a file that is being written and misses no scrape of a target that stays.
 */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpTarget } from '../../agent-lite/testing/http-target.ts';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A scrape may be late by half of it, on a machine with much else to do, before it looks like one that was missed. */
const INTERVAL_MS = 2000;
const RELOADS = 24;

let folder: ReturnType<typeof tempFolder>;
let destination: FakeDestination;
let target: HttpTarget;
let agent: TestAgent | undefined;

beforeEach(async () => {
  folder = tempFolder('reload');
  destination = await FakeDestination.start();
  target = await new HttpTarget().start();
  target.answer = () => ({
    headers: { 'content-type': 'text/plain; version=0.0.4' },
    body: `scrapes_total ${target.asked.length}\n`,
  });
});

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await destination.close();
  await target.stop();
  folder.remove();
});

/** `generation` is a label of each line, so that every reload changes components on the way. */
const config = (generation: number, more = '') => `
prometheus.scrape "shop" {
  targets         = [{__address__ = "${target.address}", job = "shop"}]
  forward_to      = [prometheus.relabel.tag.receiver]
  scrape_interval = "${INTERVAL_MS}ms"
  scrape_timeout  = "${INTERVAL_MS}ms"
}
prometheus.relabel "tag" {
  forward_to = [prometheus.remote_write.out.receiver]
  rule {
    action = "labeldrop"
    regex  = "unused_${generation}"
  }
}
prometheus.remote_write "out" {
  endpoint {
    url = "${destination.url}/api/v1/push"
    queue_config { batch_send_deadline = "100ms" }
  }
}
loki.source.file "app" {
  targets    = [{__path__ = "${join(folder.path, 'app.log')}", job = "app"}]
  forward_to = [loki.process.tag.receiver]
  file_watch {
    min_poll_frequency = "10ms"
    max_poll_frequency = "10ms"
  }
}
loki.process "tag" {
  forward_to = [loki.write.out.receiver]
  stage.static_labels { values = { generation = "${generation}" } }
}
loki.write "out" {
  endpoint {
    url        = "${destination.url}/loki/api/v1/push"
    batch_wait = "50ms"
  }
}
${more}`;

/** What a reload can bring, with the status that /-/reload answers it with. */
const CHANGES: readonly ((generation: number) => { readonly text: string; readonly status: number })[] = [
  (generation) => ({ text: config(generation), status: 200 }),
  (generation) => ({ text: config(generation).slice(0, 200), status: 400 }),
  (generation) => ({ text: config(generation, 'prometheus.exporter.self "agent" { }'), status: 200 }),
  (generation) => ({ text: config(generation, 'prometheus.nothing "x" { }'), status: 400 }),
  // A mistake in a value: the rest is applied, and the component that has it keeps what it had.
  (generation) => ({ text: config(generation).replace('"10ms"', '"soon"'), status: 400 }),
  (generation) => ({ text: config(generation).replace(`"${INTERVAL_MS}ms"`, '"-5s"'), status: 400 }),
  (generation) => ({ text: config(generation, 'local.file "gone" { filename = "/nowhere" }'), status: 400 }),
];

const lines = () => [...destination.lines.values()].flat().map(Number);
const upTimestamps = () =>
  [...destination.samples].filter(([labels]) => labels.includes('__name__="up"')).flatMap(([, times]) => times);

describe('an agent that is reloaded again and again', () => {
  it('loses no line, repeats none, and keeps the rhythm of its scrapes', async () => {
    const log = join(folder.path, 'app.log');
    writeFileSync(log, '');
    agent = await TestAgent.start(config(0));
    let written = 0;
    let writing = true;
    const writer = (async () => {
      for (; writing; await sleep(2)) appendFileSync(log, `${written++}\n`);
    })();
    await waitUntil('the first scrape has arrived', () => upTimestamps().length > 0);
    for (let i = 1; i <= RELOADS; i++) {
      const { text, status } = CHANGES[i % CHANGES.length]!(i);
      agent.writeConfig(text);
      if (i % 3 === 0) await agent.hangup();
      else expect(await agent.reload(), text).toMatchObject({ status });
      await sleep(400);
    }
    agent.writeConfig(config(RELOADS + 1));
    expect((await agent.reload()).status).toBe(200);
    writing = false;
    await writer;
    await waitUntil('every line has arrived', () => lines().length >= written);
    await waitUntil('every scrape has arrived', () => upTimestamps().length === target.asked.length);
    await agent.stop();
    agent = undefined;

    expect(lines().sort((a, b) => a - b)).toEqual(Array.from({ length: written }, (_, i) => i));
    // Each generation that could be applied is one stream, in which the order is that of the file.
    for (const stream of destination.lines.values()) {
      expect(stream.map(Number)).toEqual(stream.map(Number).sort((a, b) => a - b));
    }
    const times = upTimestamps();
    expect(times.length).toBeGreaterThan((RELOADS * 400) / INTERVAL_MS);
    const steps = times.slice(1).map((time, i) => Math.round((time - times[i]!) / INTERVAL_MS));
    expect(steps).toEqual(steps.map(() => 1));
  });

  it('answers a broken configuration with where the mistake is, and goes on as before', async () => {
    writeFileSync(join(folder.path, 'app.log'), 'first\n');
    agent = await TestAgent.start(config(0));
    agent.writeConfig(config(1).replace('job = "app"', 'job = app'));
    const { status, text } = await agent.reload();
    expect(status).toBe(400);
    expect(text).toContain('component "app" does not exist or is out of scope');
    expect(text).toMatch(/config\.alloy:\d+:\d+/);
    const metrics = await (await fetch(`${agent.url}/metrics`)).text();
    expect(metrics).toContain('alloy_config_last_load_successful 0\n');
    expect((await fetch(`${agent.url}/-/ready`)).status).toBe(200);
    expect((await fetch(`${agent.url}/-/healthy`)).status).toBe(200);
  });

  it('shows the lines of an imported file in which a mistake is, and keeps what it made before', async () => {
    const library = join(folder.path, 'library.alloy');
    writeFileSync(library, 'declare "self" {\n  prometheus.exporter.self "x" { }\n}\n');
    agent = await TestAgent.start(`import.file "lib" { filename = "${library}" }\nlib.self "one" { }\n`);
    writeFileSync(library, 'declare "self" {\n  prometheus.exporter.self "x" { nothing = 1 }\n}\n');
    const { status, text } = await agent.reload();
    expect(status).toBe(400);
    expect(text).toContain('library.alloy:2:');
    expect(text).toContain('2 |   prometheus.exporter.self "x" { nothing = 1 }');
    const exporter = `${agent.url}/api/v0/component/lib.self.one/prometheus.exporter.self.x/metrics`;
    expect((await fetch(exporter)).status).toBe(200);
  });

  it('takes a folder of files, whose blocks are one configuration', async () => {
    const path = join(folder.path, 'config');
    mkdirSync(path);
    const [head, tail] = config(0).split('loki.source.file');
    writeFileSync(join(path, 'metrics.alloy'), head!);
    writeFileSync(join(path, 'logs.alloy'), `loki.source.file${tail}`);
    writeFileSync(join(path, 'notes.txt'), 'not a configuration');
    writeFileSync(join(folder.path, 'app.log'), 'first\n');
    agent = await TestAgent.start(path, { isPath: true });
    await waitUntil('the line has arrived', () => [...destination.lines.values()].flat().includes('first'));
    writeFileSync(join(path, 'again.alloy'), 'loki.write "out" { }');
    expect((await agent.reload()).text).toMatch(/block loki\.write\.out already declared at .*(again|logs)\.alloy:1:1/);
    rmSync(join(path, 'again.alloy'));
    expect((await agent.reload()).status).toBe(200);
  });

  it('refuses what is below its level of stability, and names the flag', async () => {
    agent = await TestAgent.start('');
    agent.writeConfig(`foreach "each" {
      collection = [1]
      var        = "n"
      template { }
    }`);
    const { status, text } = await agent.reload();
    expect(status).toBe(400);
    expect(text).toContain(
      'foreach block "foreach" is at stability level "experimental", which is below the minimum allowed stability ' +
        'level "generally-available". Use --stability.level command-line flag to enable "experimental" features',
    );
  });
});
