import { describe, expect, it } from 'vitest';
import { checkConfig } from './check.ts';
import {
  ArgumentError,
  ArgumentErrors,
  type ComponentContext,
  defineComponent,
  type Side,
  UnsupportedError,
} from './component.ts';
import { diagnosticLine } from './diagnostics.ts';
import { blocks, body, required, t, withDefault } from './schema.ts';

const schema = body({
  forward_to: required(t.list(t.capsule('storage.Appendable'))),
  rule: blocks(body({ regex: withDefault(t.string, '') })),
});

function check(text: string, sides: readonly Side[], failure: Error): { messages: string[]; made: number } {
  let made = 0;
  const definition = defineComponent<typeof schema, ComponentContext>({
    name: 'test.rules',
    summary: 'refuses every rule',
    stability: 'generally-available',
    sides,
    schema,
    exports: { receiver: 'MetricsReceiver' },
    create(_context, args) {
      made++;
      if (args.rule.length > 0) throw failure;
      return { update() {}, exports: () => ({}) };
    },
  });
  const diagnostics = checkConfig([{ filename: 'c', text }], new Map([[definition.name, definition]]), 'host');
  return { messages: diagnostics.map(diagnosticLine), made };
}

const text = `test.rules "a" { forward_to = [] }
test.rules "b" {
  forward_to = [test.rules.a.receiver]
  rule { }
  rule { regex = "(" }
}`;

describe('checkConfig', () => {
  it('finds what a component of both sides refuses, though its receivers are not known yet', () => {
    const { messages } = check(text, ['host', 'edge'], new ArgumentError('rule[1].regex', 'bad regex'));
    expect(messages).toEqual(['c:5:10: bad regex']);
  });

  it('makes no component that reads from a host', () => {
    expect(check(text, ['host'], new ArgumentError('rule', 'bad'))).toEqual({ messages: [], made: 0 });
  });

  it('does not take what a component misses from a running system for a mistake', () => {
    expect(check(text, ['host', 'edge'], new TypeError('no context')).messages).toEqual([]);
  });

  it('makes nothing whose data is not known yet', () => {
    const unknown = 'test.rules "a" {\n forward_to = []\n rule { regex = sys.env("X") }\n}';
    expect(check(unknown, ['host', 'edge'], new ArgumentError('rule', 'bad')).made).toBe(0);
  });

  it('finds what a component refuses of the arguments that are known, and ends at the first that is not', () => {
    const timings = body({ targets: required(t.list(t.string)), interval: required(t.int), timeout: required(t.int) });
    const definition = defineComponent<typeof timings, ComponentContext>({
      name: 'test.timer',
      summary: 'refuses a timeout beyond the interval',
      stability: 'generally-available',
      sides: ['host'],
      schema: timings,
      exports: {},
      validate({ interval, timeout }) {
        if (!(timeout <= interval)) throw new ArgumentError('timeout', `${timeout} is more than ${interval}`);
      },
      create: () => ({ update() {}, exports: () => ({}) }),
    });
    const found = (settings: string) =>
      checkConfig(
        [{ filename: 'c', text: `test.timer "a" {\n${settings}\n}` }],
        new Map([['test.timer', definition]]),
        'host',
      ).map(diagnosticLine);
    const targets = 'targets = sys.env("TARGETS")';
    expect(found(`${targets}\ninterval = 5\ntimeout = 6`)).toEqual(['c:4:1: 6 is more than 5']);
    expect(found(`${targets}\ninterval = 5\ntimeout = 5`)).toEqual([]);
    expect(found(`targets = []\ninterval = sys.env("X")\ntimeout = 6`)).toEqual([]);
  });

  it('tells of an argument that depends on another one only where that one is right', () => {
    const timings = body({ interval: required(t.int), timeout: required(t.int), name: withDefault(t.string, '') });
    const definition = defineComponent<typeof timings, ComponentContext>({
      name: 'test.timer',
      summary: 'refuses a timeout beyond the interval, and every name',
      stability: 'generally-available',
      sides: ['host'],
      schema: timings,
      exports: {},
      validate({ interval, timeout, name }) {
        if (timeout > interval) throw new ArgumentError('timeout', 'must not be more than interval');
        if (name !== '') throw new ArgumentError('name', 'bad');
      },
      create: () => ({ update() {}, exports: () => ({}) }),
    });
    const found = (settings: string) =>
      checkConfig(
        [{ filename: 'c', text: `test.timer "a" {\n${settings}\n}` }],
        new Map([['test.timer', definition]]),
        'host',
      ).map(diagnosticLine);
    expect(found('interval = 5\ntimeout = 6\nname = "x"')).toEqual([
      'c:3:1: must not be more than interval',
      'c:4:1: bad',
    ]);
    expect(found('interval = []\ntimeout = 6\nname = "x"')).toEqual([
      'c:2:12: [] should be number, got array',
      'c:4:1: bad',
    ]);
    expect(found('timeout = 6\nname = "x"')).toEqual(['c:1:1: missing required attribute "interval"', 'c:3:1: bad']);
  });

  it('tells no more of what one component refuses than anybody reads', () => {
    const rule = 'rule {\n regex = "("\n}\n';
    const refused = check(
      `test.rules "b" {\nforward_to = []\n${rule.repeat(500)}}`,
      ['host', 'edge'],
      new ArgumentErrors(Array.from({ length: 500 }, (_, i) => new ArgumentError(`rule[${i}].regex`, 'bad regex'))),
    );
    expect(refused.messages).toHaveLength(100);
    expect(refused.messages.at(-1)).toBe('c:301:2: bad regex');
    expect(refused.made).toBeLessThan(5);
  });

  it('says of secret("…") on a host that it is for the edge', () => {
    const { messages } = check('test.rules "a" {\n  forward_to = secret("x")\n}', ['host'], new Error());
    expect(messages).toEqual([
      'c:2:16: secret("name") reads what the gateway keeps for a tenant, so it is for pipelines at the edge',
    ]);
  });

  it('warns of what does not run here yet, and refuses it where that is to run', () => {
    const definition = defineComponent<Record<string, never>, ComponentContext>({
      name: 'test.later',
      summary: 'known, but not there yet',
      stability: 'generally-available',
      sides: ['host', 'edge'],
      schema: {},
      exports: {},
      create() {
        throw new UnsupportedError('', 'not yet');
      },
    });
    const registry = new Map([[definition.name, definition]]);
    const sources = [{ filename: 'c', text: 'test.later "a" { }' }];
    const severities = (side: Side, strict?: boolean) =>
      checkConfig(sources, registry, side, strict === undefined ? {} : { strict }).map(({ severity }) => severity);
    expect(severities('host')).toEqual(['warning']);
    expect(severities('host', true)).toEqual(['error']);
    expect(severities('edge')).toEqual(['error']);
  });

  it('finds what the collection of a foreach refers to in vain', () => {
    const text = 'foreach "a" {\n collection = test.gone.x.targets\n var = "each"\n template { }\n}';
    const found = checkConfig([{ filename: 'c', text }], new Map(), 'host', { minStability: 'experimental' });
    expect(found.map(diagnosticLine)).toEqual([
      'c:2:15: component "test.gone.x.targets" does not exist or is out of scope',
    ]);
  });

  it('warns of an argument that a module does not declare, as the module may never be used', () => {
    const definition = defineComponent<typeof schema, ComponentContext>({
      name: 'test.rules',
      summary: 'takes anything',
      stability: 'generally-available',
      sides: ['host'],
      schema,
      exports: {},
      create: () => ({ update() {}, exports: () => ({}) }),
    });
    const reference = 'test.rules "r" {\n forward_to = [argument.prot.value]\n}';
    const texts = (text: string) =>
      checkConfig([{ filename: 'c', text }], new Map([[definition.name, definition]]), 'host').map((found) => [
        found.severity,
        diagnosticLine(found),
        found.hint,
      ]);
    expect(texts(`declare "m" {\nargument "port" { }\n${reference}\n}`)).toEqual([
      [
        'warning',
        'c:4:16: this module declares no argument "prot"; using the module will fail',
        'did you mean argument.port.value?',
      ],
    ]);
    expect(texts(reference).map(([severity, line]) => [severity, line])).toEqual([
      ['error', 'c:2:16: component "argument.prot.value" does not exist or is out of scope'],
    ]);
  });
});
