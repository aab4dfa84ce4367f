/** Table `gateway`: what the gateway costs in plain workerd, beside programs with the same input and output. */
import { TestGateway } from '../test/support/gateway.ts';
import { freePort } from '../test/support/ports.ts';
import { hundredThousandSeries } from './gateway/hundred-thousand.ts';
import { latency } from './gateway/latency.ts';
import { lokiTwoStages, otlpPass } from './gateway/logs-and-traces.ts';
import { fiveRules, forward } from './gateway/metrics.ts';
import { Running } from './running.ts';
import { Sink } from './sink.ts';
import type { Row, RunOptions, Table } from './table.ts';

export interface Bench {
  readonly running: Running;
  readonly sink: Sink;
  readonly gateway: TestGateway;
  /** Listens for `hundred-thousand-series` only: a debugger costs something even when nobody is there. */
  readonly inspectorAddress: string;
  readonly options: RunOptions;
}

/** Each with a gateway of its own: what one leaves in memory is no business of the next. */
const ROWS = [forward, fiveRules, lokiTwoStages, otlpPass, hundredThousandSeries, latency];

export const gatewayTable: Table = {
  name: 'gateway',
  title: 'Gateway in workerd beside its peers',
  // The gateway bundles itself when it starts.
  bundles: [],
  async run(options) {
    const rows: Row[] = [];
    for (const row of ROWS) {
      const running = new Running();
      try {
        const sink = running.keep(await Sink.start());
        const inspectorAddress = `127.0.0.1:${await freePort()}`;
        const gateway = running.keep(
          await TestGateway.start(row === hundredThousandSeries ? { inspectorAddress } : {}),
        );
        rows.push(...(await row({ running, sink, gateway, inspectorAddress, options })));
      } finally {
        await running.stop();
      }
    }
    return rows;
  },
};
