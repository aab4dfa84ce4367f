/** Components for tests of the language only: named after Alloy's, but they record what happens to them and do nothing. */
import {
  type AnyComponentDefinition,
  ArgumentError,
  type Component,
  type ComponentContext,
  defineComponent,
  type Health,
} from './component.ts';
import {
  type BodySchema,
  block,
  blocks,
  body,
  type Decoded,
  optional,
  orderedBlocks,
  required,
  requiredBlock,
  t,
  withDefault,
} from './schema.ts';
import type { Value } from './value-types.ts';
import { Capsule } from './values.ts';

export interface Recorded {
  readonly event: 'create' | 'update' | 'run' | 'stop';
  readonly id: string;
  readonly args?: unknown;
}

/** What a test steers and looks at. */
export interface TestBench {
  readonly events: Recorded[];
  /** Last arguments by id. */
  readonly args: Map<string, unknown>;
  readonly contexts: Map<string, ComponentContext>;
  /** Exports of `test.source` components by id; absent: their argument `value`. */
  readonly exported: Map<string, Value>;
  readonly health: Map<string, Health>;
  /** Lets the run of a component end. */
  readonly finish: Map<string, (error?: Error) => void>;
}

export function createBench(): TestBench {
  return {
    events: [],
    args: new Map(),
    contexts: new Map(),
    exported: new Map(),
    health: new Map(),
    finish: new Map(),
  };
}

const metricsReceiver = t.capsule<object>('storage.Appendable');
const logsReceiver = t.capsule<object>('loki.LogsReceiver');

const endpoint = body({
  url: required(t.string),
  name: optional(t.string),
  remote_timeout: withDefault(t.duration, 30_000, { text: '30s' }),
  headers: optional(t.map(t.string)),
  basic_auth: block(body({ username: optional(t.string), password: optional(t.secret) })),
});

const rule = body({
  action: withDefault(t.oneOf('replace', 'keep', 'drop'), 'replace'),
  source_labels: optional(t.list(t.string)),
  modulus: withDefault(t.uint, 0),
});

const stages: Readonly<Record<string, BodySchema>> = {
  'stage.json': body({ expressions: required(t.map(t.string)) }),
  'stage.drop': body({ longer_than: withDefault(t.size, 0) }),
  get 'stage.match'() {
    return body({ selector: required(t.string), stages: orderedBlocks(() => stages) });
  },
};

type Exports = (id: string) => Record<string, Value>;

export function testRegistry(bench: TestBench = createBench()): AnyComponentDefinition<ComponentContext>[] {
  const make = <S extends BodySchema>(
    name: string,
    schema: S,
    exports: Record<string, string>,
    options: { exported?: Exports; edge?: boolean; experimental?: boolean; validate?: (args: Decoded<S>) => void } = {},
  ): AnyComponentDefinition<ComponentContext> =>
    defineComponent<S>({
      name,
      summary: 'for tests',
      stability: options.experimental ? 'experimental' : 'generally-available',
      sides: options.edge ? ['edge'] : ['host'],
      schema,
      exports,
      ...(options.validate ? { validate: options.validate } : {}),
      create: (context, args) => record(bench, context, args, options.exported ?? (() => ({}))),
    });

  const receivers = new Map<string, Capsule>();
  const receiver =
    (type: string): Exports =>
    (id) => {
      const existing = receivers.get(id) ?? new Capsule(type, {});
      receivers.set(id, existing);
      return { receiver: existing };
    };
  const refuse = (args: { readonly max?: number }): void => {
    if ((args.max ?? 0) > 10) throw new ArgumentError('max', 'max must not be above 10');
  };
  return [
    make('prometheus.exporter.unix', body({ procfs_path: withDefault(t.string, '/proc') }), { targets: 'targets' }),
    make(
      'prometheus.scrape',
      body({
        targets: required(t.targets),
        forward_to: required(t.list(metricsReceiver)),
        scrape_interval: withDefault(t.duration, 60_000, { text: '60s' }),
        honor_labels: withDefault(t.bool, false),
        sample_limit: optional(t.uint),
        bearer_token: optional(t.secret),
      }),
      {},
    ),
    make(
      'prometheus.relabel',
      body({ forward_to: required(t.list(metricsReceiver)), rule: blocks(rule) }),
      { receiver: 'MetricsReceiver' },
      { exported: receiver('storage.Appendable') },
    ),
    make(
      'prometheus.remote_write',
      body({ external_labels: optional(t.map(t.string)), endpoint: blocks(endpoint) }),
      { receiver: 'MetricsReceiver' },
      { exported: receiver('storage.Appendable') },
    ),
    make(
      'loki.process',
      body({ forward_to: required(t.list(logsReceiver)), stages: orderedBlocks(() => stages) }),
      { receiver: 'LogsReceiver' },
      { exported: receiver('loki.LogsReceiver') },
    ),
    make(
      'loki.write',
      body({ endpoint: requiredBlock(endpoint), max_streams: withDefault(t.int, 0) }),
      { receiver: 'LogsReceiver' },
      { exported: receiver('loki.LogsReceiver') },
    ),
    make(
      'test.source',
      body({ value: optional(t.any), max: withDefault(t.int, 0) }),
      { out: 'any' },
      { exported: (id) => ({ out: bench.exported.get(id) ?? sourceValue(bench, id) }), validate: refuse },
    ),
    make('test.sink', body({ text: withDefault(t.string, ''), secret: optional(t.optionalSecret) }), {}),
    make('test.experimental', body({}), {}, { experimental: true }),
    make('spillway.receive', body({ metrics: optional(t.list(metricsReceiver)) }), {}, { edge: true }),
  ];
}

function sourceValue(bench: TestBench, id: string): Value {
  return (bench.args.get(id) as { value?: Value } | undefined)?.value ?? null;
}

function record(bench: TestBench, context: ComponentContext, args: unknown, exported: Exports): Component<unknown> {
  const id = context.componentId;
  bench.contexts.set(id, context);
  bench.args.set(id, args);
  bench.events.push({ event: 'create', id, args });
  return {
    update(next) {
      bench.args.set(id, next);
      bench.events.push({ event: 'update', id, args: next });
    },
    exports: () => exported(id),
    health: () => bench.health.get(id) ?? { state: 'healthy', message: '' },
    run: (signal) => {
      bench.events.push({ event: 'run', id });
      return new Promise<void>((resolve, reject) => {
        bench.finish.set(id, (error) => (error === undefined ? resolve() : reject(error)));
        signal.addEventListener('abort', () => {
          bench.events.push({ event: 'stop', id });
          resolve();
        });
      });
    },
  };
}
