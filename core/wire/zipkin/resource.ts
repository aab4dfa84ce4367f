/**
 * Which tags of a Zipkin span describe its resource: exporters of OpenTelemetry put both into one map. The names are those
 * the collector takes (semantic conventions 1.6.1, and OpenCensus's three), by their namespaces where all of one belong.
 */
const NAMESPACES = [
  'aws.',
  'cloud.',
  'container.',
  'device.',
  'host.',
  'k8s.',
  'os.',
  'process.',
  'telemetry.',
  'webengine.',
];
const NAMES = new Set([
  'deployment.environment',
  'deployment.environment.name',
  'faas.id',
  'faas.instance',
  'faas.max_memory',
  'faas.name',
  'faas.version',
  'opencensus.exporterversion',
  'opencensus.resourcetype',
  'opencensus.starttime',
  'service.instance.id',
  'service.name',
  'service.namespace',
  'service.version',
]);

export function isResourceAttribute(key: string): boolean {
  return NAMES.has(key) || NAMESPACES.some((namespace) => key.startsWith(namespace));
}
