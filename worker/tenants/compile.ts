/**
 * A tenant's pipeline as something that runs: the same controller and components as on a host, on the side `edge`. What
 * enters are the receivers that the file's `spillway.receive` blocks name; what leaves are the destinations of its writers.
 */
import type { ComponentContext } from '../../core/alloy/component.ts';
import type { ConfigSource } from '../../core/alloy/configuration.ts';
import { type ComponentInfo, Controller } from '../../core/alloy/controller.ts';
import { type Diagnostic, hasErrors } from '../../core/alloy/diagnostics.ts';
import { ValueError } from '../../core/alloy/value-error.ts';
import { Secret } from '../../core/alloy/values.ts';
import type { Destination } from '../../core/delivery/destination.ts';
import { withoutTexts } from '../../core/delivery/without-secrets.ts';
import { entryOf, type PipelineEntry } from '../../core/pipeline/components/spillway-receive.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { asWriter } from '../../core/pipeline/writer.ts';
import { EDGE_REGEX_LIMITS } from '../../core/regex/re2.ts';
import { pipelineGraph } from './graph.ts';
import { ruleCountDiagnostics } from './rule-count.ts';
import { TenantPipeline } from './tenant-pipeline.ts';
import { wayCountDiagnostics } from './way-count.ts';

/** A file beyond this is a mistake or an attack; parsing is linear, but it happens in the Worker's CPU time. */
export const MAX_PIPELINE_BYTES = 256 * 1024;

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where the diagnostics hold an error. */
  readonly pipeline?: TenantPipeline;
  /** Names that secret("…") was called with, also of secrets that there are not. */
  readonly secretsUsed: ReadonlySet<string>;
}

/** By name: all that secret("…") may be called with. */
export interface Secrets {
  readonly values: ReadonlyMap<string, string>;
  /** Those that there are and that do not open, with why: a mistake of pipelines that name them, and of no other. */
  readonly unreadable: ReadonlyMap<string, string>;
}

export const NO_SECRETS: Secrets = { values: new Map(), unreadable: new Map() };

export function compilePipeline(tenant: string, source: ConfigSource, secrets = NO_SECRETS): Compilation {
  const secretsUsed = new Set<string>();
  const find = secretFinder(secrets);
  const secret = (name: string) => {
    secretsUsed.add(name);
    return find(name);
  };
  const controller = new Controller<ComponentContext>({
    registry: sharedRegistry,
    side: 'edge',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged, regexLimits: EDGE_REGEX_LIMITS }),
    // The gateway's own environment is none of a tenant's business.
    stdlib: { env: () => '', constants: { tenant }, secret, secretNames: () => [...secrets.values.keys()] },
  });
  const loaded = controller.load([source]);
  const diagnostics = loaded.diagnostics.map((diagnostic) => withoutSecrets(diagnostic, secrets, secretsUsed));
  if (!loaded.ok || hasErrors(diagnostics)) return { diagnostics, secretsUsed };
  const components = controller.components();
  const tooMany = [...ruleCountDiagnostics(components), ...wayCountDiagnostics(components)];
  if (tooMany.length > 0) return { diagnostics: [...diagnostics, ...tooMany], secretsUsed };
  const graph = pipelineGraph(components);
  const pipeline = new TenantPipeline(findEntries(components), findDestinations(components), graph);
  return { diagnostics, pipeline, secretsUsed };
}

/** `secret("name")` of the language. */
export function secretFinder({ values, unreadable }: Secrets): (name: string) => Secret | undefined {
  return (name) => {
    const why = unreadable.get(name);
    if (why !== undefined) {
      const remedy = `set it anew with "spillway secret set ${name}", or put the key back into SECRETS_KEY`;
      throw new ValueError(`cannot open the secret ${JSON.stringify(name)}: ${why}; ${remedy}`);
    }
    const value = values.get(name);
    return value === undefined ? undefined : new Secret(value);
  };
}

/** A value that was taken out of its secret, to be a URL for one, may be named by the mistake that it makes. */
function withoutSecrets(diagnostic: Diagnostic, secrets: Secrets, used: ReadonlySet<string>): Diagnostic {
  const message = withoutTexts(
    diagnostic.message,
    [...used].flatMap((name) => secrets.values.get(name) ?? []),
  );
  return message === diagnostic.message ? diagnostic : { ...diagnostic, message };
}

type Info = ComponentInfo<ComponentContext>;

function findEntries(components: readonly Info[]): PipelineEntry {
  const entries = components
    .map(({ component }) => component && entryOf(component))
    .filter((found) => found !== undefined);
  return {
    metrics: entries.flatMap(({ metrics }) => metrics),
    logs: entries.flatMap(({ logs }) => logs),
    traces: entries.flatMap(({ traces }) => traces),
    profiles: entries.flatMap(({ profiles }) => profiles),
    otlpMetrics: entries.flatMap(({ otlpMetrics }) => otlpMetrics),
    otlpLogs: entries.flatMap(({ otlpLogs }) => otlpLogs),
  };
}

/** Also those that nothing is connected to any more: their outboxes may still hold data. */
function findDestinations(components: readonly Info[]): Map<string, Destination> {
  const destinations = components.flatMap(({ component }) => (component && asWriter(component)?.destinations()) ?? []);
  return new Map(destinations.map((destination) => [destination.id, destination]));
}
