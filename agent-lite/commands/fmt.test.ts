import { describe, expect, it } from 'vitest';
import { testRegistry } from '../../core/alloy/test-components.ts';
import { hostRegistry } from '../components/registry.ts';
import type { CommandIo } from './command-io.ts';
import { runFmt } from './fmt.ts';
import { runValidate } from './validate.ts';

/** Files in memory; what a command reads and writes there. */
class Memory implements CommandIo {
  readonly files = new Map<string, string>();
  readonly writes: string[] = [];
  input = '';
  out = '';
  err = '';

  async readFile(path: string): Promise<Uint8Array> {
    const text = this.files.get(path);
    if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    return Uint8Array.from(Buffer.from(text, 'latin1'));
  }

  async writeFile(path: string, text: string): Promise<void> {
    this.files.set(path, text);
    this.writes.push(path);
  }

  async readDir(path: string): Promise<string[] | undefined> {
    const folder = `${path}/`;
    const names = [...this.files.keys()]
      .filter((name) => name.startsWith(folder))
      .map((name) => name.slice(folder.length));
    return names.length > 0 ? names.reverse() : undefined;
  }

  async stdin(): Promise<Uint8Array> {
    return new TextEncoder().encode(this.input);
  }

  stdout(text: string): void {
    this.out += text;
  }

  stderr(text: string): void {
    this.err += text;
  }
}

async function fmt(io: Memory, ...args: string[]) {
  return { code: await runFmt(args, io), out: io.out, err: io.err };
}

describe('fmt', () => {
  const ugly = 'a{\nb=1\n}';
  const pretty = 'a {\n\tb = 1\n}\n';

  it.each([[[]], [['-']]])('formats stdin to stdout with arguments %j', async (args) => {
    const io = new Memory();
    io.input = ugly;
    expect(await fmt(io, ...args)).toEqual({ code: 0, out: pretty, err: '' });
  });

  it('formats a file to stdout and leaves the file alone', async () => {
    const io = new Memory();
    io.files.set('c.alloy', ugly);
    expect(await fmt(io, 'c.alloy')).toEqual({ code: 0, out: pretty, err: '' });
    expect(io.writes).toEqual([]);
  });

  it.each(['-w', '--write'])('writes the file back with %s, only when it changes', async (flag) => {
    const io = new Memory();
    io.files.set('c.alloy', ugly);
    expect(await fmt(io, flag, 'c.alloy')).toEqual({ code: 0, out: '', err: '' });
    expect(io.files.get('c.alloy')).toBe(pretty);
    await fmt(io, flag, 'c.alloy');
    expect(io.writes).toEqual(['c.alloy']);
  });

  it.each(['-t', '--test'])('only tells with %s whether the file is formatted', async (flag) => {
    const io = new Memory();
    io.files.set('ugly.alloy', ugly).set('pretty.alloy', pretty);
    expect(await fmt(io, flag, 'pretty.alloy')).toEqual({ code: 0, out: '', err: '' });
    const err = 'Error: file ugly.alloy is not formatted correctly\n';
    expect(await fmt(io, flag, 'ugly.alloy')).toEqual({ code: 1, out: '', err });
  });

  it.each([
    [['-w', '-t', 'c.alloy'], 'cannot use -w/--write and -t/--test at the same time'],
    [['-w'], 'cannot use -w with standard input'],
    [['none.alloy'], 'stat none.alloy: no such file or directory'],
    [['folder'], 'cannot format a directory'],
    [['a', 'b'], 'accepts between 0 and 1 arg(s), received 2'],
    [['latin1.alloy'], 'latin1.alloy: not UTF-8 text'],
  ])('refuses %j', async (args, message) => {
    const io = new Memory();
    io.files.set('folder/c.alloy', '').set('latin1.alloy', 'a = "\xe9"');
    expect(await fmt(io, ...args)).toEqual({ code: 1, out: '', err: `Error: ${message}\n` });
  });

  it('reports each syntax error on a line, and writes nothing', async () => {
    const io = new Memory();
    io.files.set('c.alloy', 'a = [1\n]\nb = {c = 1\n}\n');
    const { code, err } = await fmt(io, '-w', 'c.alloy');
    expect(code).toBe(1);
    expect(err).toBe(
      "c.alloy:1:7: missing ',' in expression list\nc.alloy:3:11: missing ',' in field list\nError: encountered errors during formatting\n",
    );
    expect(io.writes).toEqual([]);
  });
});

describe('validate', () => {
  const registry = new Map(testRegistry().map((definition) => [definition.name, definition] as const));

  async function validate(files: Record<string, string>, ...args: string[]) {
    const io = new Memory();
    for (const [name, text] of Object.entries(files)) io.files.set(name, text);
    const code = await runValidate(args, io, registry);
    return { code, out: io.out, err: io.err };
  }

  it('says nothing about a configuration that is right', async () => {
    expect(await validate({ 'c.alloy': 'test.sink "x" { }' }, 'c.alloy')).toEqual({ code: 0, out: '', err: '' });
  });

  it('shows mistakes with their lines and fails', async () => {
    const { code, err } = await validate({ 'c.alloy': 'test.sink "x" {\n  text = []\n}\n' }, 'c.alloy');
    expect(code).toBe(1);
    expect(err).toBe(
      'Error: c.alloy:2:10: [] should be string, got array\n\n1 | test.sink "x" {\n2 |   text = []\n  |          ^^\n3 | }\n\nError: validation failed\n',
    );
  });

  it('shows every mistake of one component, whether of a name, a type or a value, each once at its place', async () => {
    const io = new Memory();
    io.files.set(
      'c.alloy',
      `prometheus.remote_write "mimir" {
  endpoint {
    headres        = { "X-Scope-OrgID" = "one" }
    remote_timeout = "soon"
    enable_http2   = []
    headers        = { "no header" = "" }
    write_relabel_config {
      regex        = "("
      target_label = "x"
    }
    write_relabel_config {
      action = "explode"
    }
  }
}
loki.process "lines" {
  forward_to = []
  stage.regex {
    expression = "("
  }
  stage.match {
    selector = "{"
    stage.template {
      source   = "x"
      template = "{{"
    }
  }
  stage.limit {
    rate  = 0
    burst = 0
  }
}
`,
    );
    expect(await runValidate(['c.alloy'], io, hostRegistry)).toBe(1);
    const places = [...io.err.matchAll(/^Error: c\.alloy:(\d+:\d+): (\w+ \w+|"[^"]+"|\[\])/gm)].map(
      ([, at, what]) => `${at} ${what}`,
    );
    expect(places).toEqual([
      '2:3 missing required',
      '3:5 unrecognized attribute',
      '4:22 "soon"',
      '5:22 []',
      '6:5 "no header"',
      '8:7 error parsing',
      '12:7 unknown relabel',
      '19:5 error parsing',
      '22:5 expected a',
      '25:7 invalid template',
      '29:5 rate must',
      '30:5 burst must',
    ]);
  });

  it('reads the *.alloy of a folder as one configuration', async () => {
    const files = { 'd/a.alloy': 'test.sink "x" { }', 'd/b.alloy': 'test.sink "x" { }', 'd/c.txt': 'no alloy' };
    const { code, err } = await validate(files, 'd');
    expect(code).toBe(1);
    expect(err).toContain('Error: d/b.alloy:1:1: block test.sink.x already declared at d/a.alloy:1:1');
  });

  it('does not fail for warnings', async () => {
    const { code, err } = await validate({ 'c.alloy': 'test.sink "x" { text = env("HOME") }' }, 'c.alloy');
    expect(code).toBe(0);
    expect(err).toContain('Warning: c.alloy:1:24: this stdlib function is deprecated');
    expect(err).toContain('hint: use sys.env');
  });

  it('keeps to the stability level', async () => {
    const files = { 'c.alloy': 'test.experimental "x" { }' };
    expect((await validate(files, 'c.alloy')).err).toContain('is at stability level "experimental"');
    expect((await validate(files, '--stability.level=experimental', 'c.alloy')).code).toBe(0);
    expect((await validate(files, '--stability.level', 'loud', 'c.alloy')).err).toContain(
      'invalid stability level "loud"',
    );
  });

  it.each([
    [[], 'accepts 1 arg(s), received 0'],
    [['none.alloy'], 'stat none.alloy: no such file or directory'],
    [
      ['--config.format=otelcol', 'c'],
      '--config.format: unrecognized format "otelcol": it must be one of alloy, prometheus, promtail, static',
    ],
  ])('refuses %j', async (args, message) => {
    expect(await validate({}, ...args)).toEqual({ code: 1, out: '', err: `Error: ${message}\n` });
  });
});
