import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../core/alloy/check.ts';
import type { Stability } from '../../core/alloy/component.ts';
import { alloyComponents } from '../../core/alloy/component-index.ts';
import { Controller } from '../../core/alloy/controller.ts';
import { type Diagnostic, diagnosticLine } from '../../core/alloy/diagnostics.ts';
import { hostRegistry } from '../components/registry.ts';
import type { HostContext } from '../context.ts';
import { hostBlocks } from '../runtime/logging-block.ts';
import { incompleteConfigs, minimalConfig } from './minimal-config.fixture.ts';
import { declaredComponents } from './registry.ts';

const blocks = hostBlocks({ level: 'info', format: 'logfmt' });

function check(text: string, minStability: Stability = 'experimental'): Diagnostic[] {
  const options = { minStability, communityComponents: true, blocks };
  return checkConfig([{ filename: 'c', text }], hostRegistry, 'host', options);
}

function errors(text: string, minStability?: Stability): string[] {
  return check(text, minStability)
    .filter(({ severity }) => severity === 'error')
    .map(diagnosticLine);
}

function load(text: string) {
  const controller = new Controller<HostContext>({
    registry: hostRegistry,
    side: 'host',
    createContext: () => {
      throw new Error('nothing is created');
    },
    stdlib: { env: () => '', constants: {} },
    blocks,
  });
  return controller.load([{ filename: 'c', text }]);
}

const notRunning = (subject: string) =>
  `${subject} is declared so that its configuration can be checked, but agent-lite does not run it yet`;

describe('the declared components', () => {
  it('are, with those that run, all of Alloy', () => {
    expect(alloyComponents().filter((name) => !hostRegistry.has(name))).toEqual([]);
  });

  it('are none that runs: a declaration goes when its component comes', () => {
    const replaced = declaredComponents.filter((definition) => hostRegistry.get(definition.name) !== definition);
    expect(replaced.map(({ name }) => name)).toEqual([]);
  });

  it('are not those that Alloy had once, whose successor is named', () => {
    const [found] = check('otelcol.receiver.opencensus "a" { }');
    expect(found).toMatchObject({
      message: 'cannot find the definition of component name "otelcol.receiver.opencensus"',
      hint: 'Alloy has it no more; use otelcol.receiver.otlp',
    });
  });

  it('are declared once each', () => {
    expect(new Set(declaredComponents.map(({ name }) => name)).size).toBe(declaredComponents.length);
  });
});

describe.each(declaredComponents.map((definition) => [definition.name, definition.schema] as const))(
  '%s',
  (name, schema) => {
    it('accepts its required arguments alone, with a warning that it does not run', () => {
      const found = check(minimalConfig(name, schema));
      const runs = expect.stringContaining(notRunning(`component "${name}"`));
      // Rules may ask for more than names and types do.
      const others = found.filter(({ message }) => !message.endsWith('Alloy refuses to load this'));
      expect(others.map(({ severity, message }) => [severity, message])).toEqual([['warning', runs]]);
    });

    it('names what is missing and what it does not know', () => {
      for (const { missing, text } of incompleteConfigs(name, schema)) {
        expect(errors(text)).toContain(`c:1:1: missing required ${missing}`);
      }
      const unknown = minimalConfig(name, schema).replace('{\n', '{\nno_such_argument = 1\n');
      expect(errors(unknown)).toEqual(['c:2:1: unrecognized attribute name "no_such_argument"']);
    });
  },
);

describe('a configuration that uses declared components', () => {
  const folder = new URL('testdata/', import.meta.url);

  it.each(readdirSync(folder))('is valid: %s', (filename) => {
    expect(errors(readFileSync(new URL(filename, folder), 'utf8'))).toEqual([]);
  });

  it('needs the stability of what it uses', () => {
    expect(errors('prometheus.exporter.static "a" { text = "" }', 'generally-available')).toEqual([
      expect.stringContaining('component "prometheus.exporter.static" is at stability level "experimental"'),
    ]);
  });

  it('needs the switch for components of the community, whatever its level of stability', () => {
    const text = 'otelcol.exporter.googlecloud "a" { }';
    const without = checkConfig([{ filename: 'c', text }], hostRegistry, 'host');
    const mistakes = without.filter(({ severity }) => severity === 'error');
    expect(mistakes.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^the component "otelcol.exporter.googlecloud" is a community component\. Use the --feature/,
      ),
    ]);
    expect(errors(text, 'generally-available')).toEqual([]);
  });

  it.each([
    [
      'a receiver of another signal',
      'prometheus.echo.x.receiver',
      'expected capsule("loki.LogsReceiver"), got capsule("storage.Appendable")',
    ],
    [
      'a consumer for a receiver',
      'otelcol.exporter.loki.x.input',
      'expected capsule("loki.LogsReceiver"), got capsule("otelcol.Consumer")',
    ],
    [
      'profiles',
      'pyroscope.relabel.x.receiver',
      'expected capsule("loki.LogsReceiver"), got capsule("pyroscope.Appendable")',
    ],
    ['an export that there is not', 'loki.echo.x.reciever', 'field "reciever" does not exist'],
  ])('cannot connect %s to a list of log receivers', (_what, reference, message) => {
    const text = `prometheus.echo "x" { }
      otelcol.exporter.loki "x" { forward_to = [] }
      pyroscope.relabel "x" { forward_to = [] }
      loki.echo "x" { }
      loki.source.gelf "a" { forward_to = [${reference}] }`;
    expect(errors(text)).toEqual([expect.stringContaining(message)]);
  });

  it('cannot give one receiver where a list of them is due, nor a receiver for a text', () => {
    const text = `loki.echo "x" { }
      loki.source.gelf "a" {
        forward_to     = loki.echo.x.receiver
        listen_address = loki.echo.x.receiver
      }`;
    expect(errors(text)).toEqual([
      expect.stringContaining('should be array, got capsule'),
      expect.stringContaining('should be string, got capsule'),
    ]);
  });

  it('cannot use authentication as storage', () => {
    const text = `otelcol.auth.bearer "a" { token = "t" }
      otelcol.exporter.otlp "b" {
        client { endpoint = "tempo:4317" }
        sending_queue { storage = otelcol.auth.bearer.a.handler }
      }`;
    expect(errors(text)).toEqual([
      expect.stringContaining('expected capsule("extension.ExtensionHandler"), got capsule("otelcol.Handler")'),
    ]);
  });

  it('authenticates in one way only', () => {
    const text = `loki.source.kubernetes "a" {
  targets    = []
  forward_to = []

  client {
    api_server   = "https://k.example.com"
    bearer_token = "t"
    basic_auth { username = "u" }
  }
}`;
    expect(check(text).map(diagnosticLine)).toContainEqual(
      expect.stringMatching(/^c:8:5: at most one of bearer_token, .* not bearer_token and basic_auth; Alloy refuses/),
    );
  });

  it('gives labelled blocks a label, and no others', () => {
    const text = `prometheus.exporter.snmp "a" {
      target { address = "192.0.2.1" }
    }
    prometheus.exporter.blackbox "b" {
      target "x" {
        name = "n"
        address = "a"
      }
    }`;
    expect(errors(text)).toEqual([
      'c:2:7: block "target" requires non-empty label',
      'c:5:7: block "target" does not support specifying labels',
    ]);
  });

  it('is refused by a load, with one diagnostic for each use', () => {
    const text = `loki.echo "a" { }
loki.echo "b" { }
loki.source.gelf "c" { forward_to = [loki.echo.a.receiver] }
tracing { }`;
    const { ok, applied, diagnostics } = load(text);
    expect({ ok, applied }).toEqual({ ok: false, applied: false });
    expect(diagnostics.map(diagnosticLine)).toEqual([
      `c:1:1: ${notRunning('component "loki.echo"')}`,
      `c:2:1: ${notRunning('component "loki.echo"')}`,
      `c:3:1: ${notRunning('component "loki.source.gelf"')}`,
      `c:4:1: ${notRunning('block "tracing"')}`,
    ]);
  });
});
