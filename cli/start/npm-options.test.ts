/** With npm itself, as it hands options on today. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../main.ts');

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'npm-start-'));
  mkdirSync(join(project, 'home'));
  const start = `exec "${process.execPath}" "${MAIN}" start`;
  const other = `exec "${process.execPath}" "${MAIN}" start --help`;
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'spillway', scripts: { start, other } }));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function npm(...args: string[]): { readonly status: number | null; readonly said: string } {
  const env = { ...process.env, HOME: join(project, 'home'), npm_config_update_notifier: 'false' };
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: project, env, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe('npm start with options that npm keeps', () => {
  it.each([
    [['--port=9000'], 'npm start -- --port 9000'],
    [['--port', '9000'], 'npm start -- --port <port>'],
    [['--receiver-port=0', '--state=/tmp/a b', '--open'], "npm start -- --receiver-port 0 --state '/tmp/a b' --open"],
    [['--no-open'], 'npm start -- --no-open'],
  ])('starts nothing and says how to write %j', (args, meant) => {
    const { status, said } = npm('start', ...args);
    expect(said).toContain('for itself: put -- in front of options');
    expect(said).toContain(`  ${meant}\n`);
    expect(status).toBe(2);
  });

  it('takes no notice where they came through, or where another script is run', () => {
    expect(npm('start', '--', '--port=none').said).toContain('A port is a number');
    expect(npm('run', 'other', '--port=9000')).toMatchObject({ status: 0 });
  });
});
