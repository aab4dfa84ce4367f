import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import type { AgentHost } from '../runtime/host.ts';
import { HttpTarget } from '../testing/http-target.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { testHost } from '../testing/test-host.ts';

let folder: string;
let host: AgentHost;
let said: string[];
let server: HttpTarget;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'imports-'));
  server = await new HttpTarget().start();
  open();
});

afterEach(async () => {
  await host.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function open(): void {
  const { logger, lines } = recordingLogger();
  said = lines;
  host = testHost(folder, { logger, env: {} });
}

const path = (name: string) => join(folder, name);
const load = async (text: string) => {
  const { diagnostics, ok } = await host.load([{ filename: path('config.alloy'), text }]);
  if (ok) host.start();
  return diagnostics.map(({ filename, message }) => `${filename.replace(folder, '')}: ${message}`);
};
const until = async (condition: () => boolean) => {
  while (!condition()) await systemClock.sleep(5);
};
/** What the relabel rule of the module sets, at each place the module is used. */
const replacements = () =>
  host.controller
    .components()
    .filter(({ definition, component }) => definition.name === 'loki.relabel' && component !== undefined)
    .map(({ id, args }) => `${id} ${(args as { rule: { replacement: string }[] }).rule[0]!.replacement}`);
const health = (id: string) => host.controller.composites().find((each) => each.id === id)!.health;

const relabel = (replacement: string) => `
  loki.relabel "set" {
    forward_to = []
    rule {
      target_label = "site"
      replacement  = ${replacement}
    }
  }`;
const site = (text: string) => `declare "site" {${relabel(JSON.stringify(text))}\n}\n`;

describe('import.file', () => {
  const config = () => `
    import.file "lib" { filename = "${path('lib.alloy')}" }
    lib.site "one" { }`;

  it('runs the declarations of a file, and those of the file as it is after a change', async () => {
    writeFileSync(path('lib.alloy'), site('north'));
    expect(await load(config())).toEqual([]);
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
    writeFileSync(path('lib.alloy'), site('south'));
    await until(() => replacements()[0]!.endsWith('south'));
    // As editors and Kubernetes do it: another file takes the name.
    writeFileSync(path('new'), site('east'));
    renameSync(path('new'), path('lib.alloy'));
    await until(() => replacements()[0]!.endsWith('east'));
  });

  it('finds a change by reading again where it does not watch', async () => {
    writeFileSync(path('lib.alloy'), site('north'));
    await load(config().replace('filename', 'detector = "poll"\n poll_frequency = "10ms"\n filename'));
    writeFileSync(path('lib.alloy'), site('south'));
    await until(() => replacements()[0]!.endsWith('south'));
  });

  it('keeps the last good content while the file has a mistake, and says so', async () => {
    writeFileSync(path('lib.alloy'), site('north'));
    await load(config());
    writeFileSync(path('lib.alloy'), 'declare "site" {');
    await until(() => host.unhealthy().length > 0);
    expect(host.unhealthy().map(({ id }) => id)).toEqual(['import.file.lib']);
    expect(health('import.file.lib').message).toContain('lib.alloy:1:17: expected }, got EOF');
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
    expect(said.join()).toContain('lib.alloy:1:17');
    expect(await load(config())).toEqual(['/lib.alloy: expected }, got EOF']);
    writeFileSync(path('lib.alloy'), site('south'));
    await until(() => replacements()[0]!.endsWith('south'));
    expect(host.unhealthy()).toEqual([]);
  });

  it('keeps the last good content while the file is away', async () => {
    writeFileSync(path('lib.alloy'), site('north'));
    await load(config());
    rmSync(path('lib.alloy'));
    await until(() => host.unhealthy().length > 0);
    expect(health('import.file.lib').message).toContain('no such file or directory; the last content is kept');
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
    writeFileSync(path('lib.alloy'), site('south'));
    await until(() => replacements()[0]!.endsWith('south'));
    expect(host.unhealthy()).toEqual([]);
  });

  it('reads every *.alloy file of a folder, whose declarations see each other', async () => {
    mkdirSync(path('lib'));
    writeFileSync(path('lib/a.alloy'), site('north'));
    writeFileSync(path('lib/b.alloy'), 'declare "both" {\n site "a" { }\n site "b" { }\n}');
    writeFileSync(path('lib/notes.txt'), 'not a module');
    expect(await load(`import.file "lib" { filename = "${path('lib')}" }\nlib.both "x" { }`)).toEqual([]);
    expect(replacements()).toEqual([
      'lib.both.x/site.a/loki.relabel.set north',
      'lib.both.x/site.b/loki.relabel.set north',
    ]);
    writeFileSync(path('lib/b.alloy'), 'declare "both" {\n site "c" { }\n}');
    await until(() => replacements().length === 1);
    expect(replacements()).toEqual(['lib.both.x/site.c/loki.relabel.set north']);
  });

  it('lets go of what hung on components that a change took out', async () => {
    const withWriter = `declare "site" {
      loki.write "out" {
        endpoint { url = "http://127.0.0.1:9/loki/api/v1/push" }
      }
      prometheus.exporter.self "agent" { }
    }`;
    writeFileSync(path('lib.alloy'), withWriter);
    await load(config());
    const exporter = 'lib.site.one/prometheus.exporter.self.agent';
    const metric = 'destination="lib.site.one/loki.write.out"';
    await until(() => host.telemetry.expose().includes(metric));
    expect(host.exporter(exporter)).toBeDefined();
    writeFileSync(path('lib.alloy'), 'declare "site" { }');
    await until(() => !host.telemetry.expose().includes(metric));
    expect(host.exporter(exporter)).toBeUndefined();
    writeFileSync(path('lib.alloy'), withWriter);
    await until(() => host.telemetry.expose().includes(metric));
  });

  it('refuses the first load where the file cannot be read', async () => {
    const [message] = await load(config());
    expect(message).toContain('failed to read file: stat');
    expect(host.isReady).toBe(false);
  });

  it('hands arguments in and exports out through modules in modules', async () => {
    mkdirSync(path('deep'));
    writeFileSync(
      path('deep/inner.alloy'),
      `declare "site" {
        argument "name" { }
        argument "suffix" {
          optional = true
          default  = "-1"
        }${relabel('argument.name.value + argument.suffix.value')}
        export "receiver" { value = loki.relabel.set.receiver }
        export "folder" { value = module_path }
      }`,
    );
    writeFileSync(
      path('deep/outer.alloy'),
      `import.file "inner" { filename = module_path + "/inner.alloy" }
      declare "pair" {
        argument "name" { }
        inner.site "a" { name = argument.name.value }
        inner.site "b" {
          name   = argument.name.value
          suffix = "-2"
        }
        export "receivers" { value = [inner.site.a.receiver, inner.site.b.receiver] }
        export "folder" { value = inner.site.a.folder }
      }`,
    );
    const text = `
      import.file "outer" { filename = module_path + "/deep/outer.alloy" }
      outer.pair "x" { name = "north" }
      loki.relabel "set" {
        forward_to = outer.pair.x.receivers
        rule {
          target_label = "folder"
          replacement  = outer.pair.x.folder
        }
      }`;
    expect(await load(text)).toEqual([]);
    const before = [
      'outer.pair.x/inner.site.a/loki.relabel.set north-1',
      'outer.pair.x/inner.site.b/loki.relabel.set north-2',
      `loki.relabel.set ${path('deep')}`,
    ];
    expect(replacements().sort()).toEqual(before.sort());
    const last = host.controller.component('loki.relabel.set')!.args as { forward_to: unknown[] };
    expect(last.forward_to).toHaveLength(2);
    // A module in a module changes: what is built of it changes, three levels up.
    writeFileSync(
      path('deep/inner.alloy'),
      `declare "site" {
        argument "name" { }
        argument "suffix" { optional = true }${relabel('"new " + argument.name.value')}
        export "receiver" { value = loki.relabel.set.receiver }
        export "folder" { value = "elsewhere" }
      }`,
    );
    await until(() => replacements().includes('loki.relabel.set elsewhere'));
    expect(replacements()).toContain('outer.pair.x/inner.site.a/loki.relabel.set new north');
  });

  it('ends where a file imports itself', async () => {
    writeFileSync(
      path('lib.alloy'),
      `import.file "again" { filename = "${path('lib.alloy')}" }\ndeclare "site" { again.site "x" { } }`,
    );
    expect((await load(config())).join()).toContain('modules are nested more than 32 levels deep');
  });
});

describe('import.http', () => {
  const config = (more = '') => `
    import.http "lib" {
      url            = "http://${server.address}/modules/lib.alloy?token=hidden"
      poll_frequency = "20ms"
      poll_timeout   = "15ms"
      ${more}
    }
    lib.site "one" { }`;

  it('runs what the server answers, again when that changes, and keeps it while the server fails', async () => {
    server.answer = () => ({ body: site('north') });
    const client = 'headers = { "X-Scope" = "a" }\n client { bearer_token = "t0ken" }';
    expect(await load(config(client).replace('20ms', '250ms').replace('15ms', '240ms'))).toEqual([]);
    await until(() => replacements().length > 0);
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
    expect(server.asked[0]).toMatchObject({
      method: 'GET',
      url: '/modules/lib.alloy?token=hidden',
      headers: { authorization: 'Bearer t0ken', 'x-scope': 'a' },
    });
    server.answer = () => ({ status: 500, body: 'declare' });
    await until(() => host.unhealthy().length > 0);
    expect(health('import.http.lib').message).toMatch(
      /lib\.alloy: unexpected status code 500; the last content is kept$/,
    );
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
    server.answer = () => ({ body: site('south') });
    await until(() => replacements()[0]!.endsWith('south'));
    await until(() => host.unhealthy().length === 0);
    // Told when it begins and when it ends, not at each poll.
    expect(said.filter((line) => line.includes('content cannot be read'))).toHaveLength(1);
    expect(said.filter((line) => line.includes('content can be read again'))).toHaveLength(1);
    expect(said.join()).not.toContain('hidden');
  });

  it('lets the rest run until the first answer, without an error of what waits for it', async () => {
    server.answer = () => ({ status: 503 });
    expect(await load(`${config()}\n${relabel('"own"')}`)).toEqual([]);
    await until(() => host.unhealthy().some(({ id }) => id === 'import.http.lib'));
    expect(replacements()).toEqual(['loki.relabel.set own']);
    server.answer = () => ({ body: site('north') });
    await until(() => replacements().length === 2);
  });

  it('gives up on an answer after poll_timeout', async () => {
    server.answer = () => new Promise(() => {});
    await load(config());
    await until(() => host.unhealthy().some(({ id }) => id === 'import.http.lib'));
    expect(health('import.http.lib').message).toContain('no answer within 15 ms');
  });

  it('does not take credentials to another host', async () => {
    const other = await new HttpTarget().start();
    other.answer = () => ({ body: site('elsewhere') });
    server.answer = () => ({ status: 302, headers: { location: `http://${other.address}/x` } });
    await load(config('client { bearer_token = "t0ken" }').replace('"20ms"', '"1m"').replace('15ms', '5s'));
    await until(() => replacements().length > 0);
    expect(server.asked[0]!.headers.authorization).toBe('Bearer t0ken');
    expect(other.asked[0]!.headers.authorization).toBeUndefined();
    await other.stop();
  });

  it.each([
    ['url = "ftp://x"', 'a URL must begin with http:// or https://'],
    ['url = "http://x"\n poll_timeout = "2m"', 'poll_timeout must be less than poll_frequency'],
    ['url = "http://x"\n method = "ge t"', 'is not an HTTP method'],
    ['url = "http://x"\n client {\n bearer_token = "a"\n basic_auth { }\n }', 'at most one of'],
  ])('refuses %s', async (args, expected) => {
    expect((await load(`import.http "x" {\n ${args}\n}`)).join()).toContain(expected);
  });
});

describe('local.file and remote.http', () => {
  it('export what they read, and again when it changes', async () => {
    writeFileSync(path('name'), 'north');
    server.answer = () => ({ body: 'up' });
    await load(`
      local.file "name" { filename = "${path('name')}" }
      remote.http "tier" {
        url            = "http://${server.address}/"
        poll_frequency = "20ms"
        poll_timeout   = "19ms"
      }
      loki.relabel "set" {
        forward_to = []
        rule {
          target_label = "site"
          replacement  = local.file.name.content + remote.http.tier.content
        }
      }`);
    await until(() => replacements()[0] === 'loki.relabel.set northup');
    writeFileSync(path('name'), 'south');
    await until(() => replacements()[0] === 'loki.relabel.set southup');
    server.answer = () => ({ body: 'down' });
    await until(() => replacements()[0] === 'loki.relabel.set southdown');
  });

  it('export secrets when told to', async () => {
    writeFileSync(path('key'), 'hush');
    await load(`local.file "key" {\n filename = "${path('key')}"\n is_secret = true\n}`);
    expect(String(host.controller.component('local.file.key')!.exports!.get('content'))).toBe('(secret)');
  });
});

describe('import.git', () => {
  const run = (...args: string[]) => {
    const author = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'init.defaultBranch=main'];
    const { status, stderr } = spawnSync('git', [...author, ...args], { cwd: path('repo'), encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const commit = (name: string, text: string) => {
    writeFileSync(path(`repo/${name}`), text);
    run('add', '-A');
    run('commit', '-q', '-m', 'x');
  };
  const config = (more = '') => `
    import.git "lib" {
      repository     = "${path('repo')}"
      path           = "modules"
      pull_frequency = "30ms"
      ${more}
    }
    lib.site "one" { }`;

  beforeEach(() => {
    mkdirSync(path('repo/modules'), { recursive: true });
    run('init', '-q');
    commit('modules/lib.alloy', site('north'));
  });

  it('runs what the repository holds, and what it holds after a push', async () => {
    expect(await load(config())).toEqual([]);
    await until(() => replacements().length > 0);
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
    commit('modules/lib.alloy', site('south'));
    await until(() => replacements()[0]!.endsWith('south'));
    expect(host.unhealthy()).toEqual([]);
  });

  it.each(['release', 'v1'])('takes the revision it is told: %s', async (revision) => {
    run(...(revision === 'release' ? ['branch', 'release'] : ['tag', '-m', 'one', 'v1']));
    commit('modules/lib.alloy', site('south'));
    await load(config(`revision = "${revision}"`));
    await until(() => replacements().length > 0);
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
  });

  it('keeps what it pulled while the repository is away, also over a restart', async () => {
    await load(config());
    await until(() => replacements().length > 0);
    renameSync(path('repo'), path('away'));
    await until(() => host.unhealthy().length > 0);
    expect(health('import.git.lib').message).toContain('the last content is kept');
    await host.stop();
    open();
    await load(config());
    await until(() => replacements().length > 0);
    expect(replacements()).toEqual(['lib.site.one/loki.relabel.set north']);
  });

  it('signs in by HTTP without telling anybody', async () => {
    server.answer = () => ({ status: 403 });
    const auth = 'basic_auth {\n username = "ada"\n password = "hush hush"\n }';
    await load(config(auth).replace(path('repo'), `http://${server.address}/repo.git`));
    await until(() => host.unhealthy().some(({ id }) => id === 'import.git.lib'));
    expect(server.asked[0]!.headers.authorization).toBe(`Basic ${Buffer.from('ada:hush hush').toString('base64')}`);
    expect(health('import.git.lib').message).toContain('403');
    expect(health('import.git.lib').message + said.join()).not.toContain('hush');
  });

  it('says what is wrong with a revision or a path', async () => {
    await load(config('revision = "gone"'));
    await until(() => host.unhealthy().some(({ id }) => id === 'import.git.lib'));
    expect(health('import.git.lib').message).toContain('no branch, tag or commit "gone"');
    await load(config().replace('"modules"', '"elsewhere"'));
    await until(() => health('import.git.lib').message.includes('the repository has no elsewhere'));
  });

  it('reads nothing outside of the work tree, whatever links the repository holds', async () => {
    writeFileSync(path('secret.alloy'), site('stolen'));
    symlinkSync(path('secret.alloy'), path('repo/modules/link.alloy'));
    run('add', '-A');
    run('commit', '-q', '-m', 'link');
    await load(config().replace('"modules"', '"modules/link.alloy"'));
    await until(() => host.unhealthy().some(({ id }) => id === 'import.git.lib'));
    expect(health('import.git.lib').message).toContain('leads out of the repository');
    await load(config());
    await until(() => health('import.git.lib').message.includes('link.alloy leads out of the repository'));
    await load(config().replace('"modules"', '"../../../secret.alloy"'));
    await until(() => health('import.git.lib').message.includes('secret.alloy'));
    expect(replacements()).toEqual([]);
  });

  it.each([
    ['revision = "--upload-pack=x"', 'must not begin with "-"'],
    [
      'basic_auth {\n username = "a"\n password = "b"\n }\n ssh_key {\n username = "git"\n key = "k"\n }',
      'at most one',
    ],
    ['ssh_key { username = "git" }', 'exactly one of key and key_file'],
  ])('refuses %s', async (more, expected) => {
    expect((await load(config(more))).join()).toContain(expected);
  });
});
