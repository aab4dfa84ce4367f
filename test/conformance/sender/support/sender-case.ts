/** One case of the sender suite: what there is to send, how the receiver answers, and what must have come of it. */
import type { SentRequest, SentSeries } from './decoded-request.ts';
import type { Exposing } from './exposition-server.ts';
import type { Answer, Script } from './receiver.ts';

export type SenderKind = 'agent' | 'gateway';

export interface SenderCase {
  readonly name: string;
  /** In text form; OpenMetrics where it ends with `# EOF`. By default one gauge, `test_metric 42`. */
  readonly exposition?: string;
  /** In place of `exposition`: another one at each scrape, or push. */
  readonly expose?: Exposing;
  /** How many pushes the gateway gets, one after the other; by default 1. */
  readonly pushes?: number;
  /** In place of `exposition`: in protobuf, with native histograms. */
  readonly protobuf?: Uint8Array;
  /** Which version the destination's `protobuf_message` asks for; by default 2. */
  readonly version?: 1 | 2;
  readonly script?: Script;
  /** Arguments of the endpoint, beside its URL and version. */
  readonly endpoint?: string;
  /** The agent's `queue_config`, in place of the quick one that the suite has. */
  readonly queue?: string;
  /** What is pushed to the gateway, in place of what a scrape of the exposition gives: a 1.0 body. */
  readonly pushed?: Uint8Array;
  /** In place of the scripted receiver. */
  readonly url?: string;
  /** Of one sender only. */
  readonly only?: SenderKind;
  /** Arguments of prometheus.scrape. */
  readonly scrape?: string;
  /** The check begins when this holds; by default when a request with what is exposed has come. */
  readonly until?: (sent: Sent) => boolean | Promise<boolean>;
  readonly check: (sent: Sent) => void | Promise<void>;
}

/** What a check may ask. */
export interface Sent {
  readonly kind: SenderKind;
  readonly requests: readonly SentRequest[];
  /** The first one with something that the target exposes, or that was pushed. */
  readonly request: SentRequest;
  /** All series that came on this path, in order. */
  readonly series: readonly SentSeries[];
  /** The series of this name, in all requests. */
  named(name: string): readonly SentSeries[];
  /** The first one, which must be there. */
  one(name: string): SentSeries;
  /** What the sender says about the destination of this case, where an operator looks: its log, its error list. */
  trouble(): Promise<string>;
  /** Samples that the destination refused for good, as the sender counts them. */
  rejected(): Promise<number>;
  /** Samples that wait for the destination. */
  waiting(): Promise<number>;
  /** Samples that the sender counts as taken by the destination. */
  delivered(): Promise<number>;
  /** How long the gateway's outbox waits before it tries again. */
  nextAttemptInMs(): Promise<number>;
  /** What the gateway answered to the push; undefined for the agent. */
  readonly pushStatus: number | undefined;
}

export const TEST_METRIC = '# HELP test_metric A test.\n# TYPE test_metric gauge\ntest_metric 42\n';

/** The times of the samples of this metric in these requests. */
export function timesOf(requests: readonly SentRequest[], metric: string): number[] {
  const series = requests.flatMap(({ series }) => series).filter(({ labels }) => labels.__name__ === metric);
  return series.flatMap(({ samples }) => samples.map(({ timestamp }) => timestamp));
}

/** Requests that the receiver took. */
export function taken({ requests }: Pick<Sent, 'requests'>): readonly SentRequest[] {
  return requests.filter(({ answeredStatus }) => answeredStatus >= 200 && answeredStatus < 300);
}

/** The first sample that was sent has been taken, in whichever request. */
export function firstSampleTaken(sent: Sent): boolean {
  const [time] = timesOf(sent.requests, 'test_metric');
  return time !== undefined && timesOf(taken(sent), 'test_metric').includes(time);
}

/** Milliseconds between one request and the next. */
export function gaps({ requests }: Pick<Sent, 'requests'>): number[] {
  return requests.slice(1).map(({ receivedAtMs }, i) => receivedAtMs - requests[i]!.receivedAtMs);
}

export const always =
  (answer: Answer): Script =>
  () =>
    answer;

/** The first answers in order, then success. */
export const first =
  (...answers: readonly Answer[]): Script =>
  (index) =>
    answers[index] ?? {};
