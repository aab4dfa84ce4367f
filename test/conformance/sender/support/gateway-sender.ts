/**
 * The gateway as the sender: a real workerd with a tenant for each case, whose pipeline has the scripted receiver as its
 * destination. What the agent would scrape is pushed to it, as remote write 2.0.
 */

import { Families } from '../../../../agent-lite/scrape/families.ts';
import { readSamples } from '../../../../agent-lite/scrape/samples.ts';
import { SeriesCache } from '../../../../agent-lite/scrape/series-cache.ts';
import { snappyEncode } from '../../../../core/codec/snappy.ts';
import { WriteRequestBuilder } from '../../../../core/wire/remote-write/v1.ts';
import { encodeRemoteWrite2, REMOTE_WRITE_2_CONTENT_TYPE } from '../../../../core/wire/remote-write/v2.ts';
import { alive, TestGateway } from '../../../support/gateway.ts';
import { pushBody } from '../../../support/remote-write-client.ts';
import type { Receiver } from './receiver.ts';
import { type SenderCase, type Sent, TEST_METRIC } from './sender-case.ts';
import { sentBy } from './sent.ts';

const DESTINATION = 'prometheus.remote_write.store';

interface OutboxDetails {
  readonly items: number;
  readonly nextAttemptAtMs: number | null;
  readonly lastError: { readonly detail: string } | null;
  readonly pastError?: { readonly detail: string } | null;
  readonly ledger: { readonly delivered: number; readonly rejected: number };
  readonly deadLetterList: readonly { readonly items: number; readonly reason: string; readonly detail: string }[];
}

export class GatewaySender {
  readonly #gateway: TestGateway;
  readonly #receiver: Receiver;
  readonly #pushes: ReadonlyMap<string, Promise<Response>>;

  private constructor(gateway: TestGateway, receiver: Receiver, pushes: ReadonlyMap<string, Promise<Response>>) {
    this.#gateway = gateway;
    this.#receiver = receiver;
    this.#pushes = pushes;
  }

  static async start(cases: readonly SenderCase[], receiver: Receiver): Promise<GatewaySender> {
    const gateway = await TestGateway.start();
    const pushes = new Map<string, Promise<Response>>();
    for (const one of cases) {
      const url = one.url ?? receiver.open(`gateway-${one.name}`, one.script);
      const token = await gateway.createTenant(tenantOf(one), pipelineOf(one, url));
      pushes.set(one.name, pushAll(gateway, token, one));
    }
    return new GatewaySender(gateway, receiver, pushes);
  }

  async sent(one: SenderCase): Promise<Sent> {
    const details = () => this.#details(one);
    const response = await this.#pushes.get(one.name);
    if (response !== undefined && response.status >= 500) {
      throw new Error(`the gateway answered ${response.status} to the push: ${await response.text()}`);
    }
    return sentBy(() => (one.url === undefined ? this.#receiver.requests(`gateway-${one.name}`) : []), {
      kind: 'gateway',
      pushStatus: response?.status,
      trouble: async () => {
        const { lastError, pastError, deadLetterList } = await details();
        return [lastError, pastError, ...deadLetterList].map((error) => error?.detail ?? '').join('\n');
      },
      rejected: async () => (await details()).deadLetterList.reduce((sum, { items }) => sum + items, 0),
      waiting: async () => (await details()).items,
      nextAttemptInMs: async () => ((await details()).nextAttemptAtMs ?? 0) - Date.now(),
      delivered: async () => (response?.ok === true ? itemsOf(one) - (await details()).items : 0),
    });
  }

  checkAlive(): void {
    if (!alive(this.#gateway.pid)) throw new Error('the gateway has ended');
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#pushes.values());
    await this.#gateway.stop();
  }

  async #details(one: SenderCase): Promise<OutboxDetails> {
    const response = await this.#gateway.admin('GET', `/tenants/${tenantOf(one)}/outbox?destination=${DESTINATION}`);
    if (!response.ok) throw new Error(`the outbox of ${one.name}: ${response.status} ${await response.text()}`);
    return (await response.json()) as OutboxDetails;
  }
}

/** Names of cases have underscores and capitals, names of tenants may not. */
function tenantOf({ name }: SenderCase): string {
  return name.toLowerCase().replaceAll('_', '-');
}

function pipelineOf({ version = 2, endpoint = '' }: SenderCase, url: string): string {
  const message = version === 2 ? 'io.prometheus.write.v2.Request' : 'prometheus.WriteRequest';
  return `
spillway.receive "default" {
  metrics = [prometheus.remote_write.store.receiver]
}

prometheus.remote_write "store" {
  endpoint {
    url              = "${url}"
    protobuf_message = "${message}"
    send_native_histograms = true
    ${endpoint}
  }
}
`;
}

/** Several pushes follow each other, as those of a client do. */
async function pushAll(gateway: TestGateway, token: string, one: SenderCase): Promise<Response> {
  let response = await push(gateway, token, one, 0);
  for (let i = 1; i < (one.pushes ?? 1); i++) response = await push(gateway, token, one, i);
  return response;
}

function push(gateway: TestGateway, token: string, one: SenderCase, index: number): Promise<Response> {
  const body = one.pushed ?? scraped(one, index).body;
  return pushBody(`${gateway.url}/api/v1/push`, token, snappyEncode(encodeRemoteWrite2(body, { extended: true })), {
    'content-type': REMOTE_WRITE_2_CONTENT_TYPE,
    'x-prometheus-remote-write-version': '2.0.0',
  });
}

function itemsOf(one: SenderCase): number {
  return scraped(one, 0).samples * (one.pushes ?? 1);
}

/** As the agent reads it. Whether it reads it well is judged by what its own run of the case sends. */
function scraped({ protobuf, exposition = TEST_METRIC, expose }: SenderCase, index: number) {
  const out = new WriteRequestBuilder();
  const source = expose?.(index) ?? protobuf ?? exposition;
  const body = typeof source === 'string' ? Buffer.from(source) : source;
  const format = typeof source !== 'string' ? 'protobuf' : source.endsWith('# EOF\n') ? 'openmetrics' : 'text';
  const cache = new SeriesCache();
  const families = new Families();
  cache.begin();
  families.begin();
  readSamples(
    { body, format },
    {
      target: [
        { name: 'instance', value: '127.0.0.1:9100' },
        { name: 'job', value: 'test' },
      ],
      timestampMs: Date.now(),
      settings: {
        honorLabels: false,
        honorTimestamps: true,
        trackTimestampsStaleness: false,
        sampleLimit: 0,
        labelLimit: 0,
        labelNameLengthLimit: 0,
        labelValueLengthLimit: 0,
        nativeHistograms: true,
        classicHistograms: false,
      },
      cache,
      families,
      out,
    },
  );
  const { samples } = out;
  return { body: out.take(), samples };
}
