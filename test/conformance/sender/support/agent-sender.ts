/**
 * The agent as the sender: one real process with a prometheus.scrape and a prometheus.remote_write for each case, all
 * scraping at once.
 */
import { TestAgent } from '../../../support/agent.ts';
import { alive } from '../../../support/gateway.ts';
import { ExpositionServer } from './exposition-server.ts';
import type { Receiver } from './receiver.ts';
import { type SenderCase, type Sent, TEST_METRIC } from './sender-case.ts';
import { sentBy } from './sent.ts';

/** Also the timeout: all cases of a file are scraped by one process, on a machine that may have much else to do. */
const SCRAPE_INTERVAL = '1s';
const QUICK = 'min_backoff = "10ms"\n      max_backoff = "2s"';

export class AgentSender {
  readonly #agent: TestAgent;
  readonly #targets: ExpositionServer;
  readonly #receiver: Receiver;

  private constructor(agent: TestAgent, targets: ExpositionServer, receiver: Receiver) {
    this.#agent = agent;
    this.#targets = targets;
    this.#receiver = receiver;
  }

  static async start(cases: readonly SenderCase[], receiver: Receiver): Promise<AgentSender> {
    const targets = await ExpositionServer.start();
    for (const one of cases) {
      const exposition = one.protobuf ?? one.exposition ?? TEST_METRIC;
      targets.open(`/${one.name}`, one.expose ?? (() => exposition));
    }
    const config = cases.map((one) => configOf(one, targets.address, receiver.open(`agent-${one.name}`, one.script)));
    return new AgentSender(await TestAgent.start(config.join('\n')), targets, receiver);
  }

  sent({ name }: SenderCase): Sent {
    const destination = `prometheus.remote_write.${name}`;
    const sum = async (metric: string) => sumOf(await this.#metrics(), metric, destination);
    return sentBy(() => this.#receiver.requests(`agent-${name}`), {
      kind: 'agent',
      pushStatus: undefined,
      trouble: async () =>
        this.#agent.output
          .split('\n')
          .filter((line) => line.includes(destination))
          .join('\n'),
      rejected: () => sum('spillway_agent_rejected_items_total'),
      waiting: () => sum('spillway_agent_spool_items'),
      nextAttemptInMs: () => Promise.reject(new Error('the agent does not tell')),
      delivered: () => sum('spillway_agent_delivered_items_total'),
    });
  }

  checkAlive(): void {
    if (!alive(this.#agent.pid)) throw new Error(`the agent has ended:\n${this.#agent.output}`);
  }

  async stop(): Promise<void> {
    // What the receivers still refuse need not be sent to the end.
    await this.#agent.kill();
    await this.#agent.stop();
    await this.#targets.stop();
  }

  async #metrics(): Promise<string> {
    return (await fetch(`${this.#agent.url}/metrics`)).text();
  }
}

function configOf(
  { name, version = 2, endpoint = '', scrape = '', queue = QUICK, url }: SenderCase,
  address: string,
  own: string,
): string {
  const message = version === 2 ? 'io.prometheus.write.v2.Request' : 'prometheus.WriteRequest';
  return `
prometheus.scrape "${name}" {
  targets         = [{ __address__ = "${address}", __metrics_path__ = "/${name}" }]
  forward_to      = [prometheus.remote_write.${name}.receiver]
  job_name        = "test"
  scrape_interval = "${SCRAPE_INTERVAL}"
  scrape_timeout  = "${SCRAPE_INTERVAL}"
  ${scrape}
}

prometheus.remote_write "${name}" {
  endpoint {
    url              = "${url ?? own}"
    protobuf_message = "${message}"
    send_native_histograms = true
    ${endpoint}

    queue_config {
      batch_send_deadline = "10ms"
      ${queue}
    }
  }
}
`;
}

function sumOf(metrics: string, name: string, destination: string): number {
  let sum = 0;
  for (const line of metrics.split('\n')) {
    if (line.startsWith(`${name}{`) && line.includes(`destination="${destination}"`))
      sum += Number(line.split(' ').at(-1));
  }
  return sum;
}
