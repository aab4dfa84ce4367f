import { describe, expect, it } from 'vitest';
import type { CommandIo } from './command-io.ts';
import { runConvert } from './convert.ts';
import { hostConvertSettings } from './convert-settings.ts';

const PLAIN = `scrape_configs:
  - job_name: node
    static_configs: [{targets: ['localhost:9100']}]
remote_write: [{url: http://mimir.example.org/api/v1/push}]
`;
const WITH_RULES = `rule_files: [a.yml]\n${PLAIN}`;
const BROKEN = 'scrape_config: []\n';

function memory(files: Record<string, string>, stdin = '') {
  const written = new Map<string, string>();
  const out = { stdout: '', stderr: '', written };
  const io: CommandIo = {
    async readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return new TextEncoder().encode(text);
    },
    async writeFile(path, text) {
      written.set(path, text);
    },
    readDir: async (path) => (path === '/folder' ? [] : undefined),
    stdin: async () => new TextEncoder().encode(stdin),
    stdout: (text) => void (out.stdout += text),
    stderr: (text) => void (out.stderr += text),
  };
  return { io, out };
}

async function run(args: readonly string[], files: Record<string, string> = {}, stdin = '') {
  const { io, out } = memory(files, stdin);
  const code = await runConvert(args, io, hostConvertSettings());
  return { code, ...out };
}

describe('agent-lite convert', () => {
  it('writes the configuration to stdout and what it has to say to stderr', async () => {
    const { code, stdout, stderr } = await run(['-f', 'prometheus', 'p.yml'], { 'p.yml': PLAIN });
    expect(code).toBe(0);
    expect(stdout).toContain('prometheus.scrape "node" {');
    expect(stderr).toBe(
      '(Info) Converted scrape_configs job_name "node" into...\n\tA prometheus.scrape.node component\n' +
        '(Info) Converted 1 remote_write[s] "" into...\n\tA prometheus.remote_write.default component\n',
    );
  });

  it('reads stdin when there is no file, or "-"', async () => {
    for (const more of [[], ['-']]) {
      const { code, stdout } = await run(['--source-format=prometheus', ...more], {}, PLAIN);
      expect(code).toBe(0);
      expect(stdout).toContain('prometheus.remote_write "default"');
    }
  });

  it('writes nothing when there are errors, and shows only those', async () => {
    const { code, stdout, stderr, written } = await run(['-f', 'prometheus', '-o', 'out', 'p.yml'], {
      'p.yml': WITH_RULES,
    });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(written.size).toBe(0);
    expect(stderr).toContain('(Error) The converter does not support converting the provided rule_files config.');
    expect(stderr).not.toContain('(Info)');
  });

  it('goes on past errors with -b, but not past critical ones', async () => {
    const errors = await run(['-f', 'prometheus', '-b', '-o', 'out.alloy', 'p.yml'], { 'p.yml': WITH_RULES });
    expect(errors.code).toBe(0);
    expect(errors.stdout).toBe('');
    expect(errors.written.get('out.alloy')).toContain('prometheus.scrape "node"');
    expect(errors.stderr).toContain('(Error)');

    const critical = await run(['-f', 'prometheus', '-b', 'p.yml'], { 'p.yml': BROKEN });
    expect(critical.code).toBe(1);
    expect(critical.stdout).toBe('');
    expect(critical.stderr).toContain(
      'line 1: field scrape_config not found in the configuration, did you mean scrape_configs?',
    );
  });

  it('writes the report also when nothing else is written', async () => {
    const failed = await run(['-f', 'prometheus', '-r', 'report.txt', 'p.yml'], { 'p.yml': WITH_RULES });
    expect(failed.code).toBe(1);
    expect(failed.written.get('report.txt')).toBe(
      '(Error) The converter does not support converting the provided rule_files config.\n\n' +
        'A configuration file was not generated due to errors. Refer to the error messages for more information.\n\n' +
        "You can bypass the errors by using the --bypass-errors flag. Bypassing errors isn't recommended for production environments.",
    );
    const good = await run(['-f', 'prometheus', '-r', 'report.txt', 'p.yml'], { 'p.yml': PLAIN });
    expect(good.written.get('report.txt')).toMatch(/\n\nA configuration file was generated successfully\.$/);
  });

  it('passes flags of the other agent on, though they begin with a dash', async () => {
    const text = `server: {log_level: "\${LEVEL_THAT_IS_NOT_SET:-debug}"}\n`;
    const { code, stdout } = await run(['-f', 'static', '-e', '-config.expand-env', 's.yml'], { 's.yml': text });
    expect(code).toBe(0);
    expect(stdout).toBe('logging {\n\tlevel = "debug"\n}\n');
    const other = await run(['-f', 'promtail', '-e', '-config.expand-env', 's.yml'], { 's.yml': '' });
    expect(other.stderr).toContain(
      'extra arguments are not supported for the promtail converter: [-config.expand-env]',
    );
    expect(other.code).toBe(1);
  });

  it.each([
    [['p.yml'], 'source-format is a required flag'],
    [['-f', 'toml', 'p.yml'], 'unrecognized source format "toml": it must be one of prometheus, promtail, static'],
    [['-f', 'static', '/folder'], 'cannot convert a directory'],
    [['-f', 'static', 'missing'], 'stat missing: no such file or directory'],
    [['-f', 'static', 'a', 'b'], 'accepts between 0 and 1 arg(s), received 2'],
    [['-f', 'static', '-e', 'a=b', 'p.yml'], 'invalid flag found: a=b'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await run(args, { 'p.yml': PLAIN });
    expect(code).toBe(1);
    expect(stderr).toBe(`Error: ${message}\n`);
  });
});
