/** `spillway serve`: the gateway alone, in workerd on this machine. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { ensurePages } from './pages.ts';
import { parsePort } from './ports.ts';
import { startGateway } from './serve.ts';
import { StateFolder } from './start/state-folder.ts';

interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly state: string;
  readonly adminToken?: string;
  readonly allowPrivateDestinations: boolean;
}

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the gateway alone on this machine, in workerd, with its data in a folder')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on', parsePort, 8787)
    .option('--state <dir>', 'folder for data and admin.json', '.spillway')
    .option(
      '--admin-token <token>',
      'admin token (env SPILLWAY_ADMIN_TOKEN; else kept in admin.json, made on first run)',
    )
    .option('--allow-private-destinations', 'let pipelines send to http: and private addresses', false)
    .action(async (options: ServeOptions) => {
      process.exitCode = await serve(options);
    });
}

async function serve(options: ServeOptions): Promise<number> {
  const { host, port, allowPrivateDestinations } = options;
  const state = new StateFolder(options.state);
  const given = options.adminToken ?? process.env.SPILLWAY_ADMIN_TOKEN;
  const adminToken = given ?? state.admin()?.adminToken ?? randomBytes(24).toString('base64url');
  ensurePages();
  const gateway = await startGateway({
    dataDir: state.file('gateway'),
    host,
    port,
    adminToken,
    allowPrivateDestinations,
    logger: { info: (line) => console.log(line), warn: (line) => console.error(line) },
  });
  state.writeAdmin({ gateway: gateway.url, adminToken });
  console.log(`gateway: ${gateway.url}/ (pid ${gateway.pid}); its admin token is in ${state.file('admin.json')}`);
  const wish = new Promise<'stop'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('stop'));
  });
  const end = await Promise.race([wish, gateway.exited]);
  await gateway.stop();
  if (end === 'stop') return 0;
  console.error(`the gateway ended by itself (${end.signal ?? `exit code ${end.code}`})`);
  return 1;
}
