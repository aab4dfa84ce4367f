/** Where a pipeline may send, said to the person who writes it. Each send checks the address again. */
import { type Diagnostic, diagnosticAt } from '../../core/alloy/diagnostics.ts';
import type { Source, Span } from '../../core/alloy/source.ts';
import { checkDestinations } from '../destinations/check-destinations.ts';
import type { Env } from '../env.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';

/** `requestUrl`: of the request that brings the pipeline. Its host is the gateway's, and so no destination. */
export async function destinationDiagnostics(
  pipeline: TenantPipeline,
  source: Source,
  env: Env,
  requestUrl: string,
): Promise<Diagnostic[]> {
  const problems = await checkDestinations(pipeline.destinations.values(), env, new URL(requestUrl).host);
  return problems.map(({ destination, message, ...options }) =>
    diagnosticAt(blockHeader(source, destination.componentId), message, options),
  );
}

/** Where `prometheus.remote_write "mimir"` stands; the start of the file for a component inside a module. */
function blockHeader(source: Source, componentId: string): Span {
  const dot = componentId.lastIndexOf('.');
  const name = componentId.slice(0, dot).replaceAll('.', '\\.');
  const header = new RegExp(`${name}\\s+"${componentId.slice(dot + 1)}"`);
  const found = header.exec(source.text);
  return found === null
    ? { source, start: 0, end: 1 }
    : { source, start: found.index, end: found.index + found[0].length };
}
