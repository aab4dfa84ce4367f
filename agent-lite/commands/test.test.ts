import { describe, expect, it } from 'vitest';
import type { CommandIo } from './command-io.ts';
import { runTest } from './test.ts';
import { hostTestEnvironment } from './test-environment.ts';

const PIPELINE = `prometheus.scrape "a" {
  targets    = discovery.relabel.a.output
  forward_to = [prometheus.relabel.a.receiver]
}

discovery.http "a" {
  url = "http://targets.example.com"
}

discovery.relabel "a" {
  targets = discovery.http.a.targets
}

prometheus.relabel "a" {
  rule {
    action        = "keep"
    source_labels = ["job"]
    regex         = "api"
  }
  forward_to = [prometheus.remote_write.a.receiver]
}

prometheus.remote_write "a" {
  endpoint {
    url = sys.env("STORE") + "/api/v1/push"
  }
}
`;

const EXPECTED = `1. up{job="api"} 1
   prometheus.remote_write.a: up{job="api"} 1
2. up{job="web"} 0
   prometheus.relabel.a: dropped by rule[0]
`;

function createIo(files: Record<string, string>) {
  const written = new Map(Object.entries(files));
  const out = { stdout: '', stderr: '' };
  const io: CommandIo = {
    async readFile(path) {
      const text = written.get(path);
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return new TextEncoder().encode(text);
    },
    async writeFile(path, text) {
      written.set(path, text);
    },
    async readDir() {
      return undefined;
    },
    async stdin() {
      return new TextEncoder().encode('up{job="api"} 1\n');
    },
    stdout: (text) => {
      out.stdout += text;
    },
    stderr: (text) => {
      out.stderr += text;
    },
  };
  return { io, out, written };
}

async function run(args: string[], more: Record<string, string> = {}, isTerminal = false) {
  const files = { 'a.alloy': PIPELINE, 'a.prom': 'up{job="api"} 1\nup{job="web"} 0\n', ...more };
  const { io, out, written } = createIo(files);
  const code = await runTest(['a.alloy', '--env', 'STORE=http://mimir:9009', ...args], io, {
    ...hostTestEnvironment(false),
    isTerminal,
  });
  return { code, ...out, written };
}

describe('agent-lite test', () => {
  it('shows each sample before and after every component, and where one was dropped', async () => {
    const { code, stdout } = await run(['--input', 'a.prom']);
    expect(code).toBe(0);
    expect(stdout).toContain('   prometheus.relabel.a\n     rule[0] keep  "api" matches "api"  line 15\n');
    expect(stdout).toContain('= up{job="api"} 1 -> http://mimir:9009/api/v1/push');
    expect(stdout).toContain('x dropped by rule[0] (a.alloy:15): keep: "web" does not match "api"');
  });

  it('paints for a terminal only', async () => {
    expect((await run(['--input', 'a.prom'])).stdout).not.toContain('\u001b');
    expect((await run(['--input', 'a.prom'], {}, true)).stdout).toContain('\u001b[31m');
    expect((await run(['--input', 'a.prom', '--color', 'never'], {}, true)).stdout).not.toContain('\u001b');
  });

  it('prints JSON that holds every hop', async () => {
    const { stdout } = await run(['--input', '-', '--json']);
    const { signal, items } = JSON.parse(stdout);
    expect(signal).toBe('metrics');
    expect(items[0].ways[0].hops[0]).toMatchObject({
      componentId: 'prometheus.relabel.a',
      before: { labels: { __name__: 'up', job: 'api' }, value: '1' },
      results: [{ next: [{ componentId: 'prometheus.remote_write.a', url: 'http://mimir:9009/api/v1/push' }] }],
    });
  });

  it('ends with 0 where the result is the expected one', async () => {
    const { code, stdout } = await run(['--input', 'a.prom', '--expect', 'a.txt'], { 'a.txt': `# why\n${EXPECTED}` });
    expect(stdout).toBe('ok a.txt: 2 items as expected\n');
    expect(code).toBe(0);
  });

  it('ends with 1 and the differences where it is not', async () => {
    const other = EXPECTED.replace('dropped by rule[0]', 'dropped by rule[3]');
    const { code, stdout, stderr } = await run(['--input', 'a.prom', '--expect', 'a.txt'], { 'a.txt': other });
    expect(code).toBe(1);
    expect(stdout).toContain(
      '-    prometheus.relabel.a: dropped by rule[3]\n+    prometheus.relabel.a: dropped by rule[0]\n',
    );
    expect(stderr).toContain('run with --update to accept it');
  });

  it('writes the expectation with --update', async () => {
    const { code, written } = await run(['--input', 'a.prom', '--expect', 'a.txt', '--update']);
    expect(code).toBe(0);
    expect(written.get('a.txt')).toBe(EXPECTED);
  });

  it('begins at the component of --from', async () => {
    const { stdout } = await run(['--input', 'a.prom', '--from', 'prometheus.remote_write.a']);
    expect(stdout).not.toContain('prometheus.relabel.a');
    expect(stdout).toContain('= up{job="web"} 0 -> ');
  });

  it('shows which URL a scrape would ask for a target', async () => {
    const { stdout } = await run(['--input', 't.json'], { 't.json': '[{"__address__": "a:8080"}, {"a": "b"}]' });
    expect(stdout).toContain('= {instance="a:8080", job="prometheus.scrape.a"} -> http://a:8080/metrics');
    expect(stdout).toContain('x refused: a target has no __address__ label');
  });

  it('runs a pipeline of the gateway with --edge', async () => {
    const edge = `spillway.receive "all" {\n  metrics = [prometheus.remote_write.a.receiver]\n}\nprometheus.remote_write "a" {\n  external_labels = { tenant = constants.tenant }\n  endpoint {\n    url = "http://mimir:9009/api/v1/push"\n  }\n}\n`;
    const { stdout } = await run(['--edge', '--input', 'a.prom'], { 'a.alloy': edge });
    expect(stdout).toContain('enters at spillway.receive.all');
    expect(stdout).toContain('+ tenant = "tenant"');
  });

  it.each([
    [['--input', 'a.prom', '--from', 'loki.write.no'], 'there is no component "loki.write.no"'],
    [['--input', 'a.prom', '--type', 'logs'], 'the pipeline takes no logs'],
    [['--input', 'a.prom', '--type', 'lines'], '--type=lines: it must be one of metrics, logs, targets'],
    [['--input', 'a.prom', '--now', 'noon'], '--now noon: it must be a time'],
    [['--input', 'a.prom', '--label', 'x'], '--label x: it must be name=value'],
    [['--input', 'a.prom', '--update'], '--update needs --expect'],
    [['--input', 'no.prom'], 'stat no.prom: no such file or directory'],
    [[], '--input is required'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await run(args);
    expect(stderr).toContain(`Error: ${message}`);
    expect(code).toBe(1);
  });

  it('shows the diagnostics of a configuration that does not load', async () => {
    const { code, stderr } = await run(['--input', 'a.prom', '--env', 'STORE=nonsense']);
    expect(stderr).toContain('a.alloy:25:5: "nonsense/api/v1/push" is not a URL');
    expect(code).toBe(1);
  });
});
