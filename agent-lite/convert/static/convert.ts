/** Converts the configuration of a Grafana Agent in static mode: metrics, logs, integrations, traces. */
import type { Conversion, Environment } from '../conversion.ts';
import { ConversionDiagnostics } from '../diagnostics.ts';
import { type StaticForm, staticForm } from '../forms/static.ts';
import { readYaml } from '../yaml/document.ts';
import { parseStaticFlags } from './arguments.ts';
import { expandEnvironment } from './environment.ts';
import { checkIntegrations, convertIntegrations } from './integrations.ts';
import { convertLogInstances, logsMistake } from './logs.ts';
import { checkMetrics, convertInstances, metricsMistake } from './metrics.ts';
import { checkServer, serverBlocks } from './server.ts';
import { convertTraces } from './traces/instances.ts';

export function convertStatic(text: string, environment: Environment, extraArgs: readonly string[]): Conversion {
  const diagnostics = new ConversionDiagnostics();
  const flags = parseStaticFlags(extraArgs);
  if (flags.features.includes('integrations-next')) {
    diagnostics.add('Critical', NEXT_INTEGRATIONS);
    return { blocks: [], diagnostics };
  }
  const expanded = flags.expandEnv ? expandEnvironment(text, environment) : text;
  const form = readYaml(staticForm, expanded, 'Static', diagnostics);
  if (form === undefined) return { blocks: [], diagnostics };
  const mistake = mistakeOf(form);
  if (mistake !== undefined) {
    diagnostics.add('Critical', `failed to parse Static config: error in config file: ${mistake}`);
    return { blocks: [], diagnostics };
  }
  return { blocks: convertParts(form, diagnostics), diagnostics };
}

const NEXT_INTEGRATIONS =
  'the integrations of -enable-features=integrations-next cannot be converted; those of the stable format can';

function convertParts(form: StaticForm, diagnostics: ConversionDiagnostics) {
  const { server = {}, integrations = {} } = form;
  const metrics = form.metrics ?? form.prometheus ?? {};
  const { remote_write: remoteWrite = [], ...global } = metrics.global ?? {};
  const blocks = [
    ...convertInstances(metrics, global, diagnostics),
    ...convertLogInstances(form.logs ?? form.loki ?? {}, diagnostics),
    ...serverBlocks(server),
    ...convertIntegrations(integrations, global, remoteWrite, diagnostics),
    ...convertTraces((form.traces ?? form.tempo)?.configs ?? [], diagnostics),
  ];
  diagnostics.add('Warning', COMMAND_LINE);
  checkServer(server, diagnostics);
  checkMetrics(metrics, diagnostics);
  checkIntegrations(integrations, diagnostics);
  if (form.agent_management) diagnostics.unsupported('agent_management');
  return blocks;
}

const COMMAND_LINE =
  'Please review your agent command line flags and ensure they are set in your Alloy config file where necessary.';

function mistakeOf(form: StaticForm): string | undefined {
  for (const [now, before] of [
    ['metrics', 'prometheus'],
    ['logs', 'loki'],
    ['traces', 'tempo'],
  ] as const) {
    if (form[now] && form[before]) return `at most one of ${before} and ${now} should be specified`;
  }
  return metricsMistake(form.metrics ?? form.prometheus ?? {}) ?? logsMistake(form.logs ?? form.loki ?? {});
}
