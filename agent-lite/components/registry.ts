/** Every component an agent knows: those both sides share, those of the host, and those that are declared only. */
import type { AnyComponentDefinition } from '../../core/alloy/component.ts';
import { discoveryRelabel } from '../../core/pipeline/components/discovery-relabel.ts';
import { sharedComponents } from '../../core/pipeline/registry.ts';
import type { HostContext } from '../context.ts';
import { declaredComponents } from '../declared/registry.ts';
import { prometheusExporterSelf } from '../exporters/self.ts';
import { prometheusExporterUnix } from '../exporters/unix.ts';
import { discoveryDocker } from './discovery-docker.ts';
import { importFile } from './import-file.ts';
import { importGit } from './import-git.ts';
import { importHttp } from './import-http.ts';
import { localFile } from './local-file.ts';
import { localFileMatch } from './local-file-match.ts';
import { lokiSourceDocker } from './loki-source-docker.ts';
import { lokiSourceFile } from './loki-source-file.ts';
import { lokiSourceJournal } from './loki-source-journal.ts';
import { otelcolReceiverOtlp } from './otelcol-receiver-otlp.ts';
import { prometheusScrape } from './prometheus-scrape.ts';
import { pyroscopeReceiveHttp } from './pyroscope-receive-http.ts';
import { remoteHttp } from './remote-http.ts';
import { spillwayWrite } from './spillway-write.ts';

const hostComponents: readonly AnyComponentDefinition<HostContext>[] = [
  discoveryDocker,
  discoveryRelabel,
  importFile,
  importGit,
  importHttp,
  localFile,
  localFileMatch,
  lokiSourceDocker,
  lokiSourceFile,
  lokiSourceJournal,
  otelcolReceiverOtlp,
  prometheusExporterSelf,
  prometheusExporterUnix,
  prometheusScrape,
  pyroscopeReceiveHttp,
  remoteHttp,
  spillwayWrite,
];

/** What runs takes the place of what is declared only. */
export const hostRegistry: ReadonlyMap<string, AnyComponentDefinition<HostContext>> = new Map(
  [
    ...declaredComponents,
    ...(sharedComponents as readonly AnyComponentDefinition<HostContext>[]),
    ...hostComponents,
  ].map((definition) => [definition.name, definition] as const),
);
