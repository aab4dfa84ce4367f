/**
 * A machine to install on: namespaces of its own over a clean root (scripts/fetch-roots.mjs), so that nothing of it stays
 * and nothing of the host changes. `systemd` boots the real systemd as process 1, `openrc` a busybox with the real OpenRC,
 * `bare` starts nothing. The network is the host's, for its loopback. Needs root.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const REPO = join(import.meta.dirname, '../..');
const NODE = join(REPO, 'node_modules/node/bin/node');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type MachineKind = 'systemd' | 'openrc' | 'bare';

const ROOT_OF: Readonly<Record<MachineKind, string>> = {
  systemd: 'root-debian',
  openrc: 'root-busybox',
  bare: 'root-debian',
};

function rootFolder(kind: MachineKind): string {
  return join(REPO, '.cache/peers', ROOT_OF[kind]);
}

/** For `describe.skipIf(!requireMachine('systemd'))`, as requirePeer does it. */
export function requireMachine(kind: MachineKind): boolean {
  const reason =
    process.getuid?.() !== 0
      ? 'only root can boot machines for the tests of install.sh'
      : existsSync(join(rootFolder(kind), 'etc/clean-root'))
        ? undefined
        : `${ROOT_OF[kind]} is not here: run \`node scripts/fetch-peers.mjs\` as root (Debian)`;
  if (reason === undefined) return true;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

/** A shell that waits for a child collects those of others too, as process 1 has to. */
const REAPER = 'while :; do sleep 0.2; done';

/** Process 1 of each kind, in the new root. */
const FIRST_PROCESS: Readonly<Record<MachineKind, string>> = {
  systemd: 'exec env -i container=other /usr/lib/systemd/systemd --log-target=journal --show-status=0',
  // sysinit and boot are the host's business; OpenRC is told that they have happened. syslogd: the log that logger writes to.
  openrc: `cd /run && mkdir openrc && cd openrc && echo default >softlevel &&
    mkdir daemons exclusive failed hotplugged inactive options scheduled started starting stopping tmp wasinactive &&
    cd / && mkdir -p /etc/runlevels/default && syslogd -O /var/log/messages && exec sh -c '${REAPER}'`,
  bare: `exec sh -c '${REAPER}'`,
};

function bootScript(kind: MachineKind, folder: string): string {
  const root = join(folder, 'root');
  return `set -e
mount --make-rprivate /
mount -t overlay overlay -o lowerdir=${rootFolder(kind)},upperdir=${folder}/upper,workdir=${folder}/work ${root}
mount -t proc proc ${root}/proc
mount -t sysfs -o ro sysfs ${root}/sys
${kind === 'systemd' ? `mount -t cgroup2 cgroup2 ${root}/sys/fs/cgroup` : ''}
mount -t tmpfs -o mode=755 tmpfs ${root}/run
mount -t tmpfs -o mode=755,dev tmpfs ${root}/dev
mount -t tmpfs -o mode=1777 tmpfs ${root}/tmp
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 ${root}/dev/\${device%:*} c 1 \${device#*:}; done
mknod -m 666 ${root}/dev/tty c 5 0
mkdir ${root}/dev/shm ${root}/dev/pts ${root}/run/old
mount -t devpts -o newinstance,ptmxmode=0666 devpts ${root}/dev/pts
ln -s pts/ptmx ${root}/dev/ptmx
ln -s /proc/self/fd ${root}/dev/fd
cd ${root}
pivot_root . run/old
umount -l /run/old
rmdir /run/old
${FIRST_PROCESS[kind]}
`;
}

export interface Ran {
  readonly code: number;
  /** stdout and stderr, in the order of their arrival. */
  readonly output: string;
}

export class Machine {
  readonly #folder: ReturnType<typeof tempFolder>;
  readonly #holder: ChildProcess;
  readonly #pid: number;

  private constructor(folder: ReturnType<typeof tempFolder>, holder: ChildProcess, pid: number) {
    this.#folder = folder;
    this.#holder = holder;
    this.#pid = pid;
  }

  static async boot(kind: MachineKind, { node = true } = {}): Promise<Machine> {
    const folder = tempFolder(`machine-${kind}`);
    for (const name of ['root', 'upper', 'work']) mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, 'boot.sh'), bootScript(kind, folder.path));
    // It goes when this process does, however that ends.
    const holder = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        'unshare',
        '--mount',
        '--pid',
        '--cgroup',
        '--uts',
        '--ipc',
        '--fork',
        '--kill-child',
        'sh',
        join(folder.path, 'boot.sh'),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH } },
    );
    let output = '';
    for (const stream of [holder.stdout, holder.stderr]) stream.on('data', (chunk) => (output += chunk));
    const pid = await waitUntil('the first process is there', () => firstChild(holder.pid as number), { everyMs: 20 });
    const machine = new Machine(folder, holder, pid);
    const up = kind === 'systemd' ? 'systemctl is-system-running' : 'test ! -e /run/old && test -d /run';
    await waitUntil(
      `the machine is up (${kind})`,
      async () => {
        if (holder.exitCode !== null) throw new Error(`it ended with ${holder.exitCode}`);
        const said = await machine.run(`readlink /proc/1/exe; ${up}`);
        return /(systemd|dash|busybox)\n(running|degraded)?\n?$/.test(said.output);
      },
      { everyMs: 50 },
    ).catch(async (error) => {
      await machine.stop();
      throw new Error(`${error}\n${output}`);
    });
    if (node) await machine.putNode();
    return machine;
  }

  /** A command line of the machine's own shell, with nothing of our environment. */
  run(
    script: string,
    { stdin = '' as string | Uint8Array, shell = 'sh', env = {} as Record<string, string> } = {},
  ): Promise<Ran> {
    const variables = Object.entries({ PATH, HOME: '/root', ...env }).map(([name, value]) => `${name}=${value}`);
    const namespaces = ['-t', String(this.#pid), '-m', '-p', '-u', '-i', '-C', '-r', '-w'];
    const child = spawn('nsenter', [...namespaces, 'env', '-i', ...variables, shell, '-c', script], { env: { PATH } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.stdin.on('error', () => {}).end(stdin);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, output }));
    });
  }

  /** Fails where the command does. */
  async must(script: string, options?: Parameters<Machine['run']>[1]): Promise<string> {
    const { code, output } = await this.run(script, options);
    if (code !== 0) throw new Error(`${script}: ended with ${code}\n${output}`);
    return output;
  }

  async write(path: string, content: string | Uint8Array, mode = '644'): Promise<void> {
    await this.must(`cat >'${path}' && chmod ${mode} '${path}'`, { stdin: content });
  }

  async putNode(): Promise<void> {
    await this.write('/usr/local/bin/node', readFileSync(NODE), '755');
  }

  /** What is on the machine beyond the agent's data: every file with its mode and when it was written, every folder. */
  async changes(): Promise<string> {
    return this.must(
      "find /etc /usr /var/lib /root /home -xdev -path '/var/lib/spillway/*' -prune -o -type d -print -o " +
        "-exec stat -c '%n %a %u %g %Y %i' '{}' + | sort",
    );
  }

  async stop(): Promise<void> {
    if (this.#holder.exitCode === null && this.#holder.signalCode === null) {
      const gone = new Promise((resolve) => this.#holder.once('exit', resolve));
      // Process 1 takes everything of its namespace with it.
      process.kill(this.#pid, 'SIGKILL');
      this.#holder.kill('SIGKILL');
      await gone;
    }
    await waitUntil('the machine is gone', () => !existsSync(`/proc/${this.#pid}`));
    this.#folder.remove();
  }
}

/** Of the process that unshare started. */
function firstChild(pid: number): number | undefined {
  if (!existsSync(`/proc/${pid}/task`)) return undefined;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const child = Number(readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ')[0]);
    if (child > 0) return child;
  }
  return undefined;
}
