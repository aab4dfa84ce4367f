/** The programs that the gateway is measured beside, and its tenants, each set up for the same job. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestGateway } from '../../test/support/gateway.ts';
import { startVmagent, startVmauth } from '../../test/support/peers.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import type { Running } from '../running.ts';
import type { Sink } from '../sink.ts';
import type { Contender } from './load.ts';

const USER = 'bench';
const PASSWORD = 'a-password-of-the-benchmark';
const BASIC = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;

/** Checks a password, relabels if told to, queues in memory, sends to each URL. */
export async function vmagent(
  running: Running,
  sink: Sink,
  sinkPaths: readonly string[],
  relabelConfig?: string,
  further: readonly string[] = [],
): Promise<Contender> {
  const urls = sinkPaths.map((path) => `-remoteWrite.url=${sink.url}${path}`);
  const flags = [...urls, ...further, `-httpAuth.username=${USER}`, `-httpAuth.password=${PASSWORD}`];
  if (relabelConfig !== undefined) {
    const folder = tempFolder('relabel');
    running.keep({ stop: async () => folder.remove() });
    const file = join(folder.path, 'relabel.yml');
    writeFileSync(file, relabelConfig);
    flags.push(`-remoteWrite.relabelConfig=${file}`);
  }
  const { pid, url } = running.keep(await startVmagent({ flags }));
  return { name: 'vmagent', pid, pushUrl: `${url}/api/v1/write`, authorization: BASIC, sinkPaths };
}

/** Checks a password and passes the bytes on: nobody who decodes can be cheaper. */
export async function vmauth(running: Running, sink: Sink, sinkPath: string): Promise<Contender> {
  const config = `users:\n- username: ${USER}\n  password: ${PASSWORD}\n  url_prefix: ${sink.url}${sinkPath}\n`;
  const { pid, url } = running.keep(await startVmauth({ config }));
  // It joins the path of the request to that of the prefix: "/" adds nothing.
  return { name: 'vmauth', pid, pushUrl: `${url}/`, authorization: BASIC, sinkPaths: [sinkPath] };
}

/** A tenant of the gateway with this pipeline. */
export async function tenant(
  gateway: TestGateway,
  name: string,
  pipeline: string,
  path: string,
  sinkPaths: readonly string[],
): Promise<Contender> {
  const token = await gateway.createTenant(name, pipeline);
  const authorization = `Bearer ${token}`;
  return { name: 'gateway', pid: gateway.pid, pushUrl: `${gateway.url}${path}`, authorization, sinkPaths };
}
