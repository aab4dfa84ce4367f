/** Every component that is declared only, by family. A component that runs is not among them: delete it here when it comes. */
import { beylaComponents } from './beyla.ts';
import { browsersComponents } from './browsers.ts';
import { databaseObservabilityComponents } from './database-observability.ts';
import type { DeclaredComponent } from './declare.ts';
import { discoveryAwsComponents } from './discovery-aws.ts';
import { discoveryCloudComponents } from './discovery-cloud.ts';
import { discoveryContainersComponents } from './discovery-containers.ts';
import { discoveryLocalComponents } from './discovery-local.ts';
import { discoveryRegistriesComponents } from './discovery-registries.ts';
import { exportersCloudComponents } from './exporters-cloud.ts';
import { exportersDatabasesComponents } from './exporters-databases.ts';
import { exportersHostsComponents } from './exporters-hosts.ts';
import { exportersServicesComponents } from './exporters-services.ts';
import { exportersWindowsComponents } from './exporters-windows.ts';
import { lokiKubernetesComponents } from './loki-kubernetes.ts';
import { lokiProcessorsComponents } from './loki-processors.ts';
import { lokiSourcesComponents } from './loki-sources.ts';
import { lokiSourcesCloudComponents } from './loki-sources-cloud.ts';
import { otelcolAuthComponents } from './otelcol-auth.ts';
import { otelcolCommunityComponents } from './otelcol-community.ts';
import { otelcolConnectorsComponents } from './otelcol-connectors.ts';
import { otelcolExportersComponents } from './otelcol-exporters.ts';
import { otelcolExportersStorageComponents } from './otelcol-exporters-storage.ts';
import { otelcolProcessorsComponents } from './otelcol-processors.ts';
import { otelcolReceiversComponents } from './otelcol-receivers.ts';
import { otelcolReceiversCloudComponents } from './otelcol-receivers-cloud.ts';
import { otelcolReceiversLogsComponents } from './otelcol-receivers-logs.ts';
import { otelcolResourcedetectionComponents } from './otelcol-resourcedetection.ts';
import { otelcolResourcesComponents } from './otelcol-resources.ts';
import { otelcolTailSamplingComponents } from './otelcol-tail-sampling.ts';
import { prometheusComponents } from './prometheus.ts';
import { prometheusOperatorComponents } from './prometheus-operator.ts';
import { pyroscopeComponents } from './pyroscope.ts';
import { remoteComponents } from './remote.ts';

export const declaredComponents: readonly DeclaredComponent[] = [
  ...beylaComponents,
  ...browsersComponents,
  ...databaseObservabilityComponents,
  ...discoveryAwsComponents,
  ...discoveryCloudComponents,
  ...discoveryContainersComponents,
  ...discoveryLocalComponents,
  ...discoveryRegistriesComponents,
  ...exportersCloudComponents,
  ...exportersDatabasesComponents,
  ...exportersHostsComponents,
  ...exportersServicesComponents,
  ...exportersWindowsComponents,
  ...lokiKubernetesComponents,
  ...lokiProcessorsComponents,
  ...lokiSourcesComponents,
  ...lokiSourcesCloudComponents,
  ...otelcolAuthComponents,
  ...otelcolCommunityComponents,
  ...otelcolConnectorsComponents,
  ...otelcolExportersComponents,
  ...otelcolExportersStorageComponents,
  ...otelcolProcessorsComponents,
  ...otelcolReceiversComponents,
  ...otelcolReceiversCloudComponents,
  ...otelcolReceiversLogsComponents,
  ...otelcolResourcedetectionComponents,
  ...otelcolResourcesComponents,
  ...otelcolTailSamplingComponents,
  ...prometheusComponents,
  ...prometheusOperatorComponents,
  ...pyroscopeComponents,
  ...remoteComponents,
];
