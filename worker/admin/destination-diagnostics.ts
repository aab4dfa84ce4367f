/** Where a pipeline may send, said to the person who writes it. Each send checks the address again. */
import { argumentPlace } from '../../core/alloy/argument-place.ts';
import { type Block, type Body, blockId } from '../../core/alloy/ast.ts';
import { headSpan } from '../../core/alloy/classify.ts';
import { type Diagnostic, diagnosticAt } from '../../core/alloy/diagnostics.ts';
import { parseFile } from '../../core/alloy/parser.ts';
import type { Source, Span } from '../../core/alloy/source.ts';
import type { Destination } from '../../core/delivery/destination.ts';
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
  const destinations = [...pipeline.destinations.values()];
  const problems = await checkDestinations(destinations, env, new URL(requestUrl).host);
  const { body } = parseFile(source.text, source.filename).file;
  const told = problems.map(({ destination, message, ...options }) =>
    diagnosticAt(urlPlace(body, source, destination, destinations), message, options),
  );
  return told.sort((a, b) => a.start.offset - b.start.offset);
}

/** The argument with the URL; inside a module the instance of the module, or what makes it. */
function urlPlace(body: Body, source: Source, destination: Destination, all: readonly Destination[]): Span {
  const { componentId, signal } = destination;
  const [outer = '', ...inner] = componentId.split('/');
  const block = body.find((each): each is Block => each.kind === 'block' && blockId(each) === outer);
  if (block === undefined) return { source, start: 0, end: 1 };
  if (inner.length > 0) return headSpan(block);
  // Endpoints are destinations in their order; the signals of an OTLP exporter share theirs.
  const index = all.filter((each) => each.componentId === componentId).indexOf(destination);
  for (const path of [`endpoint[${index}].url`, `${signal}_endpoint`, 'client.endpoint']) {
    const { statement } = argumentPlace(block, path);
    if (statement.kind === 'attribute') return statement.span;
  }
  return headSpan(block);
}
