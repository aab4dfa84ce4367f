/** The command as a process of its own: its flags, its end, and what is left behind when it is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');

let folder: string;
let children: ChildProcess[];

interface Served {
  readonly child: ChildProcess;
  readonly output: { text: string };
  readonly exited: Promise<number | null>;
}

function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}): Served {
  const child = spawn(process.execPath, [MAIN, 'serve', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output.text += text));
  return { child, output, exited: new Promise((resolve) => child.once('close', resolve)) };
}

/** Its address and the process of workerd, once it says so. */
async function started({ child, output }: Served): Promise<{ url: string; pid: number }> {
  return vi.waitUntil(
    () => {
      const found = /gateway: (\S+)\/ \(pid (\d+)\)/.exec(output.text);
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output.text}`);
      return found !== null && { url: found[1] as string, pid: Number(found[2]) };
    },
    { timeout: 90_000, interval: 50 },
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and was not waited for has no command line.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-serve-command-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe('spillway serve', () => {
  it('takes its flags from the environment too, keeps everything in the folder, and ends with 0 on SIGTERM', async () => {
    const env = {
      SPILLWAY_DATA: folder,
      SPILLWAY_LISTEN: '127.0.0.1:0',
      SPILLWAY_ADMIN_TOKEN: 'token-of-the-environment',
      SPILLWAY_TRUSTED_PROXY: '127.0.0.9, [::1],10.0.0.0/8',
    };
    const served = serve([], env);
    const { url, pid } = await started(served);
    const answer = await fetch(`${url}/admin/v1/tenants`, {
      headers: { Authorization: 'Bearer token-of-the-environment' },
    });
    expect(answer.status).toBe(200);
    // A token that somebody else keeps is not written down a second time.
    expect(JSON.parse(readFileSync(join(folder, 'admin.json'), 'utf8'))).toEqual({ gateway: url });
    const config = readFileSync(join(folder, 'gateway/workerd.capnp'), 'utf8');
    expect(config).toContain('(name = "TRUSTED_PROXIES", text = "127.0.0.9,::1,10.0.0.0/8")');
    served.child.kill('SIGTERM');
    expect(await served.exited).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(join(folder, 'gateway/workerd.pid'))).toBe(false);
  });

  it('warns where it listens beyond this machine', async () => {
    const served = serve(['--data', folder, '--listen', ':0']);
    const { url } = await started(served);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await vi.waitFor(() => expect(served.output.text).toContain('listens beyond this machine and speaks plain HTTP'), {
      timeout: 90_000,
    });
    served.child.kill('SIGTERM');
    await served.exited;
  });

  it('refuses a folder that another one serves, with 1, and wrong flags with 2', async () => {
    const served = serve(['--data', folder, '--listen', '127.0.0.1:0']);
    const { pid } = await started(served);
    const second = serve(['--data', folder, '--listen', '127.0.0.1:0']);
    expect(await second.exited).toBe(1);
    expect(second.output.text).toContain(
      `is in use by a running gateway (pid ${pid}, started by pid ${served.child.pid})`,
    );
    const wrong = serve(['--data', folder, '--listen', '8787']);
    expect(await wrong.exited).toBe(2);
    expect(wrong.output.text).toContain('Write host:port, :port or [::1]:port');
    const guessable = serve(['--data', folder], { SPILLWAY_ADMIN_TOKEN: 'abc' });
    expect(await guessable.exited).toBe(2);
    expect(guessable.output.text).toContain('An admin token has at least 16 characters.');
    for (const [list, said] of [
      ['proxy.lan', '"proxy.lan" is not an address or CIDR.'],
      ['127.0.0.1,10.0.0.0/33', '"10.0.0.0/33" is not an address or CIDR.'],
      ['::/0', '::/0 are all addresses'],
    ] as const) {
      const trusting = serve(['--data', folder, '--trusted-proxy', list]);
      expect(await trusting.exited).toBe(2);
      expect(trusting.output.text).toContain(said);
    }
    served.child.kill('SIGTERM');
    await served.exited;
  });

  it('killed with -9, takes its workerd along, and the next one starts on the same folder', async () => {
    const first = serve(['--data', folder, '--listen', '127.0.0.1:0']);
    const { pid } = await started(first);
    first.child.kill('SIGKILL');
    await first.exited;
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 90_000 });
    const second = serve(['--data', folder, '--listen', '127.0.0.1:0']);
    const { url } = await started(second);
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
    second.child.kill('SIGTERM');
    expect(await second.exited).toBe(0);
  });
});
