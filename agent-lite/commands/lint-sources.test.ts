import { describe, expect, it } from 'vitest';
import { hostRegistry } from '../components/registry.ts';
import type { CommandIo } from './command-io.ts';
import { runValidate } from './validate.ts';

const CONFIG = `prometheus.exporter.self "a" { }

prometheus.scrape "a" {
  targets    = prometheus.exporter.self.a.targets
  forward_to = [prometheus.remote_write.a.receiver]
}

prometheus.remote_write "a" {
  endpoint {
    url = "http://mimir:9009/api/prom"

    basic_auth {
      password = env("TOKEN")
    }
  }
}
`;

async function validate(args: string[], text = CONFIG) {
  let stderr = '';
  const files = new Map([['a.alloy', text]]);
  const io: CommandIo = {
    readFile: async (path) => new TextEncoder().encode(files.get(path)),
    writeFile: async (path, written) => void files.set(path, written),
    readDir: async () => undefined,
    stdin: async () => new Uint8Array(0),
    stdout() {},
    stderr: (part) => {
      stderr += part;
    },
  };
  const code = await runValidate([...args, 'a.alloy'], io, hostRegistry);
  return { code, stderr, text: files.get('a.alloy') ?? '' };
}

describe('agent-lite validate --lint', () => {
  it('reports findings as warnings, which do not make it fail', async () => {
    const { code, stderr } = await validate(['--lint']);
    expect(stderr).toContain('= lint: push_url_path');
    expect(code).toBe(0);
  });

  it('says what the check says too only once', async () => {
    const { stderr } = await validate(['--lint']);
    expect(stderr.match(/a\.alloy:13:18/g)).toHaveLength(1);
    expect(stderr).toContain('= hint: use sys.env\n   = lint: deprecated_function');
  });

  it('does not lint unless it is asked to', async () => {
    const { stderr } = await validate([]);
    expect(stderr).toContain('this stdlib function is deprecated');
    expect(stderr).not.toContain('lint:');
  });

  it('fails with --lint=error when there is a finding', async () => {
    const { code, stderr } = await validate(['--lint=error']);
    expect(stderr).toContain('Error: lint found 2 mistakes');
    expect(code).toBe(1);
  });

  it('passes with --lint=error when there is none', async () => {
    const fixed = CONFIG.replace('/api/prom', '/api/prom/push').replace(' env(', ' sys.env(');
    expect(await validate(['--lint=error'], fixed)).toMatchObject({ code: 0, stderr: '' });
  });

  it('writes fixes with --fix, says what it changed and reports what is left', async () => {
    const { code, stderr, text } = await validate(['--fix']);
    expect(text).toBe(CONFIG.replace('/api/prom', '/api/prom/push').replace(' env(', ' sys.env('));
    expect(stderr).toBe(
      'Fixed: a.alloy:10:11: push_url_path: Mimir and Grafana Cloud take pushes at /api/prom/push\n' +
        'Fixed: a.alloy:13:18: deprecated_function: use sys.env\n',
    );
    expect(code).toBe(0);
  });

  it("checks a pipeline of the gateway by the gateway's components with --edge", async () => {
    const text = 'spillway.receive "all" {\n  metrics = []\n}\nprometheus.exporter.self "a" { }\n';
    const { code, stderr } = await validate(['--edge', '--lint'], text);
    expect(stderr).toContain('component "prometheus.exporter.self" runs on a host (agent-lite) only');
    expect(code).toBe(1);
  });

  it('refuses another value of --lint', async () => {
    expect((await validate(['--lint=loud'])).stderr).toBe('Error: --lint=loud: it must be warning or error\n');
  });
});
