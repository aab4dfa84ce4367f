/**
 * What an operation of the admin API is. Each is declared once: routes.ts mounts it, openapi.ts and docs/admin-api.md
 * describe it, and tests compare every answer with what it declares. Nothing is answered that is not declared here.
 */
import type { Context } from 'hono';
import type * as v from 'valibot';
import type { Env } from '../env.ts';
import type { Principal } from './principal.ts';

/** What the middleware of routes.ts leaves for the handlers. */
export interface AdminVariables {
  principal: Principal;
  audit: AuditNote;
}

export type AdminContext = Context<{ Bindings: Env; Variables: AdminVariables }>;

export interface Operation {
  /** `createToken`: the operationId of the document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /admin/v1: `/tenants/:tenant/tokens/:id`. */
  readonly path: string;
  /** One sentence. */
  readonly summary: string;
  /** More of it for docs and document: Markdown. */
  readonly description?: string;
  /**
   * gateway: root and operators. tenant: also that tenant's tokens with scope `admin` or `read`. any: every principal.
   * public: no token at all.
   */
  readonly access: 'gateway' | 'tenant' | 'any' | 'public';
  /** Of a POST that changes nothing (explain, validate, dry run): viewers may, and it is not in the audit log. */
  readonly reads?: boolean;
  /** Of a tenant's route whose write is not for the tenant itself (limits). */
  readonly operatorsOnly?: boolean;
  /** Operators with the role `metrics` may. */
  readonly metricsRole?: boolean;
  /** What the path's parameters are, where their names do not say it. */
  readonly parameters?: Readonly<Record<string, string | PathParameter>>;
  readonly query?: Readonly<Record<string, QueryParameter>>;
  readonly body?: BodyShape;
  /** The answers of its own. Those that every operation may give are added by `allResponses`. */
  readonly responses: Readonly<Record<number, ResponseShape>>;
  /** The action of the audit log, `token.create`: of everything that changes something. */
  readonly audit?: string;
  /** Shown in docs/admin-api.md. */
  readonly example?: Example;
  handle(c: AdminContext): Promise<Response> | Response;
}

/** Operations that belong together: a chapter of docs/admin-api.md and a tag of the document. */
export interface OperationGroup {
  readonly title: string;
  /** Markdown, between the title and the operations. */
  readonly prose?: string;
  readonly operations: readonly Operation[];
}

export interface Example {
  /** With the query: `/tenants/shop/tokens`. */
  readonly path?: string;
  readonly body?: unknown;
  readonly answer?: unknown;
}

export interface PathParameter {
  readonly description: string;
  /** A regular expression. What does not match is 400 or 404, as the handler has it. */
  readonly pattern?: string;
}

export interface QueryParameter {
  readonly kind: 'text' | 'integer';
  readonly description: string;
  readonly required: boolean;
  /** It may be given more than once. */
  readonly repeated: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  /** A regular expression. */
  readonly pattern?: string;
}

export interface BodyShape {
  readonly contentType: string;
  readonly maxBytes: number;
  readonly description?: string;
  /** Of a JSON body; without it an empty text is taken too. */
  readonly schema?: v.GenericSchema;
  /** Nothing at all is taken as well. */
  readonly optional?: boolean;
}

export interface ResponseShape {
  readonly description: string;
  readonly contentType?: string;
  readonly schema?: v.GenericSchema;
  /** Name to description, for the headers that matter. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const MAX_JSON_BYTES = 64 * 1024;

type Told = Partial<Omit<QueryParameter, 'kind' | 'description'>>;

export function textParameter(description: string, told: Told = {}): QueryParameter {
  return { kind: 'text', description, required: false, repeated: false, ...told };
}

export function integerParameter(description: string, told: Told = {}): QueryParameter {
  return { kind: 'integer', description, required: false, repeated: false, minimum: 0, ...told };
}

export function jsonBody(schema: v.GenericSchema, told: Partial<Omit<BodyShape, 'schema'>> = {}): BodyShape {
  return { contentType: 'application/json', maxBytes: MAX_JSON_BYTES, ...told, schema };
}

export function textBody(contentType: string, maxBytes: number, description?: string): BodyShape {
  return { contentType, maxBytes, optional: true, ...(description === undefined ? {} : { description }) };
}

type Headers = Readonly<Record<string, string>>;

export function jsonResponse(schema: v.GenericSchema, description: string, headers: Headers = {}): ResponseShape {
  return { description, contentType: 'application/json', schema, headers };
}

export function textResponse(contentType: string, description: string, headers: Headers = {}): ResponseShape {
  return { description, contentType, headers };
}

export function noContent(description: string): ResponseShape {
  return { description };
}

/** What the audit log gets of an act beside who, what and when. */
interface AuditNote {
  target?: string;
  detail?: Readonly<Record<string, AuditValue>>;
}

export type AuditValue = string | number | boolean | null | readonly string[];

/** Tells the audit log what an act was about. Names, ids, versions and counts only: never a secret or a text with one. */
export function auditDetail(c: AdminContext, target: string, detail: Readonly<Record<string, AuditValue>> = {}): void {
  c.set('audit', { target, detail });
}

export function principalOf(c: AdminContext): Principal {
  return c.get('principal');
}

/** The tenant of the path; the middleware has made sure that it exists. */
export function tenantOf(c: AdminContext): string {
  return pathParameter(c, 'tenant');
}

export function pathParameter(c: AdminContext, name: string): string {
  return c.req.param(name) ?? '';
}

/** Checked against the declaration before the handler runs. */
export function queryInteger(c: AdminContext, name: string): number | undefined {
  const text = c.req.query(name);
  return text === undefined ? undefined : Number(text);
}

export function changesSomething({ method, reads }: Operation): boolean {
  return method !== 'GET' && reads !== true;
}
