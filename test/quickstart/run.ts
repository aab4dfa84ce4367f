/**
 * Follows docs/quickstart.md like somebody who has just cloned the project: the commands of the page, in a fresh clone, with
 * nothing of this working tree on the PATH, against a real Prometheus. Ends when Prometheus has this host's data.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPrometheus } from '../support/peers.ts';
import { freePort } from '../support/ports.ts';
import { query } from '../support/prometheus-query.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';
import { blocksOf } from './page.ts';
import { Shell } from './shell.ts';

const REPO = join(import.meta.dirname, '../..');
/** Of one block: the first of them installs the project's packages. */
const BLOCK_TIMEOUT_MS = 300_000;
const ARRIVAL_TIMEOUT_MS = 90_000;
/** The series that the page looks for. */
const LOOKED_FOR = 'node_memory_MemTotal_bytes';
/** As they stand on the page; other programs of this machine may have them. */
const PORTS = { gateway: '8787', agent: '12345', prometheus: '9090', otlp: '4318' };

export interface Step {
  readonly title: string;
  /** Typed by a person. */
  readonly commands: number;
  readonly seconds: number;
}

export async function runQuickstart(say: (line: string) => void): Promise<readonly Step[]> {
  const page = readFileSync(join(REPO, 'docs/quickstart.md'), 'utf8');
  const folder = tempFolder('quickstart');
  const prometheus = await startPrometheus({ flags: ['--web.enable-remote-write-receiver'] });
  const rewrite = await onOtherPorts(new URL(prometheus.url).port);
  const shell = new Shell(folder.path, rewrite, BLOCK_TIMEOUT_MS);
  const steps: Step[] = [];
  const timed = async (title: string, commands: number, act: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await act();
    const seconds = (performance.now() - startedMs) / 1000;
    steps.push({ title, commands, seconds });
    say(`${seconds.toFixed(1).padStart(6)} s  ${title}`);
  };
  try {
    for (const block of blocksOf(page)) {
      if (block.script.startsWith('git clone')) {
        const script = `git clone --quiet '${REPO}' spillway`;
        await timed(block.title, block.commands, () => shell.run({ ...block, script }));
        shell.enter('spillway');
      } else await timed(block.title, block.commands, () => shell.run(block));
    }
    const hasArrived = async () => (await query(prometheus.url, LOOKED_FOR)).length > 0;
    await timed(`until Prometheus has ${LOOKED_FOR}`, 0, () =>
      waitUntil('the data is there', hasArrived, { timeoutMs: ARRIVAL_TIMEOUT_MS }),
    );
    return steps;
  } finally {
    await shell.end();
    await prometheus.stop();
    folder.remove();
  }
}

async function onOtherPorts(prometheusPort: string): Promise<(script: string) => string> {
  const [gateway, agent, otlp] = [await freePort(), await freePort(), await freePort()];
  const others = new Map([
    [PORTS.gateway, String(gateway)],
    [PORTS.agent, String(agent)],
    [PORTS.otlp, String(otlp)],
    [PORTS.prometheus, prometheusPort],
  ]);
  return (script) => script.replace(/(?<=:)\d{4,5}\b/g, (port) => others.get(port) ?? port);
}
