/** The flags of `spillway start` and the ports it settles on. */
import type { Command } from 'commander';
import { assertPortFree, freePort, PortInUseError, parsePort } from '../ports.ts';
import { DEFAULT_RECEIVER_PORT } from '../receiver/server.ts';
import { HOST } from './destinations.ts';
import { DEFAULT_STATE_FOLDER, type StateFolder } from './state-folder.ts';

export interface StartOptions {
  readonly port: number;
  readonly receiverPort: number;
  readonly agentPort: number;
  readonly otlpPort?: number;
  readonly metricsPort?: number;
  readonly state: string;
  readonly open?: boolean;
}

export interface StartPorts {
  readonly gateway: number;
  readonly receiver: number;
  readonly agent: number;
  readonly otlp: number;
  readonly metrics: number;
}

const OTLP_HTTP_PORT = 4318;

export function addStartOptions(command: Command): Command {
  return command
    .option('--port <port>', 'the gateway and its console', parsePort, 8787)
    .option('--receiver-port <port>', 'the built-in receiver', parsePort, DEFAULT_RECEIVER_PORT)
    .option('--agent-port <port>', "the agent's own HTTP server", parsePort, 12345)
    .option(
      '--otlp-port <port>',
      `where applications send OTLP/HTTP to the agent (default: ${OTLP_HTTP_PORT}, or a free one)`,
      parsePort,
    )
    .option(
      '--metrics-port <port>',
      'Prometheus or VictoriaMetrics, where one is on the PATH (default: a free one)',
      parsePort,
    )
    .option('--state <dir>', 'folder for everything it keeps', DEFAULT_STATE_FOLDER)
    .option('--open', 'open the console in a browser')
    .option('--no-open', 'open nothing, which is the default');
}

/** Fails before anything is started when a port that was asked for is taken. */
export async function settlePorts(options: StartOptions, state: StateFolder): Promise<StartPorts> {
  const gateway = await settle(options.port, '--port');
  const receiver = await settle(options.receiverPort, '--receiver-port');
  const agent = await settle(options.agentPort, '--agent-port');
  const remembered = state.ports();
  const otlp = await settle(options.otlpPort, '--otlp-port', remembered.otlp ?? OTLP_HTTP_PORT);
  const metrics = await settle(options.metricsPort, '--metrics-port', remembered.metrics);
  state.writePorts({ otlp, metrics });
  return { gateway, receiver, agent, otlp, metrics };
}

/** The port that was asked for (0: any) or an error; otherwise the preferred one where it is free, or any. */
async function settle(asked: number | undefined, flag: string, preferred?: number): Promise<number> {
  if (asked !== undefined && asked !== 0) {
    await assertPortFree(HOST, asked, flag);
    return asked;
  }
  if (preferred !== undefined && asked === undefined) {
    try {
      await assertPortFree(HOST, preferred, flag);
      return preferred;
    } catch (error) {
      if (!(error instanceof PortInUseError)) throw error;
    }
  }
  return freePort(HOST);
}
