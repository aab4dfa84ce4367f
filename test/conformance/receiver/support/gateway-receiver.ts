/**
 * The receiver under test: a real gateway whose tenant sends everything on, as 2.0 to one destination and as 1.0 to
 * another, and a real HTTP server that decodes what arrives there. What is counted as written must have arrived.
 */
import { compressSync } from 'snappy';
import { encodeRequest2, type TestSeries } from '../../../../core/wire/remote-write/v2.fixture.ts';
import { TestGateway } from '../../../support/gateway.ts';
import { decodeContent, type SentRequest, type SentSeries } from '../../sender/support/decoded-request.ts';
import { Receiver as Destination } from '../../sender/support/receiver.ts';

export const VERSION_2 = {
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '2.0.0',
} as const;

/** A series as a destination gets it, free of what may differ: numbers of symbols, order of labels. */
export type PlainSeries = Omit<SentSeries, 'refs' | 'labelList'>;

export interface Received {
  readonly status: number;
  readonly text: string;
  /** By the header's name without prefix and suffix; undefined where the header is missing. */
  readonly written: Readonly<Record<'Samples' | 'Histograms' | 'Exemplars', number | undefined>>;
  /** What arrived at the destinations because of this request. */
  readonly asVersion2: readonly PlainSeries[];
  readonly asVersion1: readonly PlainSeries[];
  readonly families: SentRequest['families'];
}

export class GatewayReceiver {
  readonly #gateway: TestGateway;
  readonly #destination: Destination;
  readonly #token: string;

  private constructor(gateway: TestGateway, destination: Destination, token: string) {
    this.#gateway = gateway;
    this.#destination = destination;
    this.#token = token;
  }

  static async start(): Promise<GatewayReceiver> {
    const destination = await Destination.start();
    const gateway = await TestGateway.start();
    const endpoint = (path: string, more: string) =>
      `endpoint {\n url = "${destination.open(path)}"\n name = "${path}"\n send_native_histograms = true\n ${more}\n }\n`;
    const pipeline = `
      spillway.receive "default" { metrics = [prometheus.remote_write.store.receiver] }
      prometheus.remote_write "store" {
        ${endpoint('two', 'protobuf_message = "io.prometheus.write.v2.Request"')}
        ${endpoint('one', '')}
      }`;
    return new GatewayReceiver(
      gateway,
      destination,
      await gateway.createTenant('conformance', pipeline, ['metrics:write']),
    );
  }

  async stop(): Promise<void> {
    await this.#gateway.stop();
    await this.#destination.stop();
  }

  /** Delivery happens inside the request, so what it caused has arrived when it is answered. */
  async post(body: Uint8Array, headers: Readonly<Record<string, string>> = VERSION_2): Promise<Received> {
    const before = { two: this.#destination.requests('two').length, one: this.#destination.requests('one').length };
    const answer = await fetch(`${this.#gateway.url}/api/v1/write`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
      body: body as Uint8Array<ArrayBuffer>,
    });
    const two = this.#destination.requests('two').slice(before.two);
    const one = this.#destination.requests('one').slice(before.one);
    const written = (kind: string) => {
      const text = answer.headers.get(`X-Prometheus-Remote-Write-${kind}-Written`);
      return text === null ? undefined : Number(text);
    };
    return {
      status: answer.status,
      text: await answer.text(),
      written: { Samples: written('Samples'), Histograms: written('Histograms'), Exemplars: written('Exemplars') },
      asVersion2: two.flatMap(({ series }) => series.map(plainSeries)),
      asVersion1: one.flatMap(({ series }) => series.map(plainSeries)),
      families: one.flatMap(({ families }) => families),
    };
  }
}

function plainSeries({ refs: _refs, labelList: _list, exemplars, metadata, ...rest }: SentSeries): PlainSeries {
  const { type = '', help = '', unit = '' } = metadata ?? {};
  const bare = { ...rest, exemplars: exemplars.map((exemplar) => ({ ...exemplar, refs: [] })) };
  return metadata === undefined ? bare : { ...bare, metadata: { type, help, unit, helpRef: 0, unitRef: 0 } };
}

export function compressed(series: readonly TestSeries[]): Uint8Array {
  return compressSync(Buffer.from(withStaleBits(encodeRequest2({ timeseries: series }))));
}

/** What an independent decoder finds in a request. */
export function contentOf(body: Uint8Array): readonly PlainSeries[] {
  return decodeContent(VERSION_2['content-type'], body).series.map(plainSeries);
}

/** Stands for the staleness marker, whose bits no JavaScript number carries reliably. */
export const STALE_STAND_IN = 1.234567e-300;

function withStaleBits(request: Uint8Array): Uint8Array {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  for (let at = 0; at + 8 <= request.length; at++) {
    if (view.getFloat64(at, true) === STALE_STAND_IN) view.setBigUint64(at, 0x7ff0000000000002n, true);
  }
  return request;
}
