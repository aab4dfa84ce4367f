/** `spillway receiver` */
import { type Command, InvalidArgumentError } from 'commander';
import { ensurePages } from '../pages.ts';
import { parsePort } from '../ports.ts';
import { DEFAULT_RECEIVER_PORT, DEFAULT_WINDOW_ITEMS, startReceiver } from './server.ts';

interface ReceiverCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly window: number;
}

export function addReceiverCommand(program: Command): void {
  program
    .command('receiver')
    .description(
      "take what is sent on Mimir's, Loki's, Tempo's and Pyroscope's paths and show it; memory only, for trying things out",
    )
    .option('--host <address>', 'address to listen on; there is no password, so mind who can reach it', '127.0.0.1')
    .option('--port <port>', 'port to listen on', parsePort, DEFAULT_RECEIVER_PORT)
    .option(
      '--window <items>',
      'series, lines, spans and profiles kept in memory, each',
      parseItems,
      DEFAULT_WINDOW_ITEMS,
    )
    .action(async ({ host, port, window }: ReceiverCommandOptions) => {
      ensurePages();
      const receiver = await startReceiver({ host, port, windowItems: window, log: console.error });
      console.log(`receiver: ${receiver.url} (page), ${receiver.url}/api/v1/summary (counts)`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
      });
      await receiver.stop();
      console.log(`receiver: stopped; it had received ${JSON.stringify(receiver.summary())}`);
    });
}

function parseItems(text: string): number {
  const items = Number(text);
  if (!Number.isSafeInteger(items) || items < 1 || items > 1_000_000) {
    throw new InvalidArgumentError('Give a number from 1 to 1000000.');
  }
  return items;
}
