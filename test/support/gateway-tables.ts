/**
 * The gateway's own tables of operations and protocols, for tests that try all of them. Loaded by a name that the compiler
 * does not follow: behind it are the types of the Workers platform, which tests on Node do not have.
 */
import { join } from 'node:path';

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly access: 'gateway' | 'tenant' | 'any' | 'public';
  readonly reads?: boolean;
  readonly metricsRole?: boolean;
  readonly query?: Readonly<Record<string, { readonly required: boolean }>>;
  readonly body?: { readonly contentType: string; readonly schema?: object };
  readonly example?: { readonly body?: unknown };
}

export interface Route {
  readonly method: string;
  readonly path: string;
}

const WORKER = join(import.meta.dirname, '../../worker');
const operations = (await import(join(WORKER, 'admin/operations.ts'))) as { OPERATIONS: readonly Operation[] };
const protocols = (await import(join(WORKER, 'ingest/protocols/index.ts'))) as {
  PROTOCOLS: readonly { readonly routes: readonly Route[] }[];
};

export const { OPERATIONS } = operations;
export const PUSH_ROUTES: readonly Route[] = protocols.PROTOCOLS.flatMap(({ routes }) => routes);

export function changesSomething({ method, reads }: Operation): boolean {
  return method !== 'GET' && reads !== true;
}
