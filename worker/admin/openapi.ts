/**
 * The OpenAPI 3.1 document of the admin API, made from the table of operations when it is first asked for. It promises
 * nothing that the code does not check: tests compare every answer with it.
 */
import { type ConversionConfig, type JsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type {
  Content,
  OpenApiBody,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
} from './openapi-document.ts';
import {
  type BodyShape,
  changesSomething,
  type Example,
  jsonResponse,
  type Operation,
  type OperationGroup,
  type PathParameter,
  type QueryParameter,
  type ResponseShape,
} from './operation.ts';
import { allResponses, COMMON_RESPONSES } from './responses.ts';
import {
  diagnosticShape,
  diagnosticsShape,
  effectiveLimitsShape,
  errorShape,
  limitsShape,
  outboxDetailsShape,
  outboxShape,
  tokenLimitsShape,
} from './shapes.ts';
import { hopShape } from './simulation-shapes.ts';

/** Schemas that several operations share; the others have the name of their operation. */
const SHARED: Readonly<Record<string, v.GenericSchema>> = {
  Error: errorShape,
  Diagnostic: diagnosticShape,
  Diagnostics: diagnosticsShape,
  Limits: limitsShape,
  EffectiveLimits: effectiveLimitsShape,
  TokenLimits: tokenLimitsShape,
  Outbox: outboxShape,
  OutboxDetails: outboxDetailsShape,
  Hop: hopShape,
};

const refTo = (name: string) => `#/components/schemas/${name}`;

/** Checks that no JSON Schema can say are left out: the answer to what fails them is 400 all the same. */
const CONVERSION: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  errorMode: 'ignore',
  overrideRef: ({ referenceId }) => refTo(referenceId),
};

const DESCRIPTION = `Tenants, their tokens, pipelines and outboxes, and the operators of a Spillway gateway.
Errors are \`{"error": "snake_case_reason", "message": "what is wrong and what to do"}\`; of a JSON body that was refused also \`problems\`, by field. Answers are never cached.
A method that a path does not have is answered 405 with \`Allow\`, a path that there is not 404 \`not_found\`.`;

export function openApiDocument(groups: readonly OperationGroup[]): OpenApiDocument {
  const names = schemaNames(groups.flatMap(({ operations }) => operations));
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const { title, operations } of groups) {
    for (const operation of operations) {
      const path = operation.path.replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationObject(operation, title, names) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: "Spillway's admin API", version: '1', description: DESCRIPTION },
    servers: [{ url: '/admin/v1' }],
    tags: groups.map(({ title, prose }) => ({ name: title, ...(prose === undefined ? {} : { description: prose }) })),
    security: [{ bearer: [] }, { basic: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'The ADMIN_TOKEN of the gateway, the token of an operator (`spo_…`), or a token of a tenant (`spw_…`) with the scope `admin` or `read`.',
        },
        basic: { type: 'http', scheme: 'basic', description: 'The same token as password, with any user name.' },
      },
      schemas: toJsonSchemaDefs(Object.fromEntries([...names].map(([schema, name]) => [name, schema])), CONVERSION),
      responses: Object.fromEntries(
        Object.entries(COMMON_RESPONSES).map(([name, shape]) => [name, responseObject(shape, names)]),
      ),
    },
  };
}

type SchemaNames = ReadonlyMap<v.GenericSchema, string>;

/** Each has a name, so that one call converts all of them: converting them one by one takes ten times as long. */
function schemaNames(operations: readonly Operation[]): SchemaNames {
  const names = new Map(Object.entries(SHARED).map(([name, schema]) => [schema, name]));
  const add = (schema: v.GenericSchema | undefined, name: string) => {
    if (schema !== undefined && !names.has(schema)) names.set(schema, name);
  };
  for (const { id, body, responses } of operations) {
    const capitalized = `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
    add(body?.schema, `${capitalized}Request`);
    for (const [status, { schema }] of Object.entries(responses)) {
      add(schema, `${capitalized}${Number(status) < 300 ? 'Response' : `Response${status}`}`);
    }
  }
  return names;
}

function operationObject(operation: Operation, tag: string, names: SchemaNames): OpenApiOperation {
  const { id, summary, description, body, access, example } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `For ${accessText(operation)}.`].filter((text) => text !== undefined).join('\n\n'),
    'x-access': accessText(operation),
    parameters: [...pathParameters(operation), ...queryParameters(operation)],
    ...(body === undefined ? {} : { requestBody: requestBody(body, example, names) }),
    responses: Object.fromEntries(
      [...allResponses(operation)].map(([status, shape]) => {
        const common = COMMON_NAMES.get(shape);
        const given = status < 300 ? example?.answer : undefined;
        return [status, common === undefined ? responseObject(shape, names, given) : { $ref: common }];
      }),
    ),
    ...(access === 'public' ? { security: [] } : {}),
  };
}

/** Who may call it: roles of operators, and scopes of the tenant's tokens. */
function accessText(operation: Operation): string {
  const { access, operatorsOnly, metricsRole } = operation;
  const changes = changesSomething(operation);
  if (access === 'public') return 'everyone';
  if (access === 'any') return 'every token that administers';
  const roles = changes ? 'admin' : `admin, viewer${metricsRole === true ? ', metrics' : ''}`;
  if (access === 'gateway' || (operatorsOnly === true && changes)) return `operators: ${roles}`;
  return `operators: ${roles}; tokens of the tenant: ${changes ? 'admin' : 'admin, read'}`;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  tenant: 'name of the tenant',
  id: 'the id',
  name: 'the name',
  version: 'number of the version',
};

function pathParameters({ path, parameters = {} }: Operation): OpenApiParameter[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    ...pathParameter(parameters[name] ?? PARAMETERS[name] ?? name),
    required: true,
  }));
}

function pathParameter(given: string | PathParameter): Pick<OpenApiParameter, 'description' | 'schema'> {
  if (typeof given === 'string') return { description: given, schema: { type: 'string' } };
  const { description, pattern } = given;
  return { description, schema: { type: 'string', ...(pattern === undefined ? {} : { pattern }) } };
}

function queryParameters({ query = {} }: Operation): OpenApiParameter[] {
  return Object.entries(query).map(([name, parameter]) => ({
    name,
    in: 'query',
    description: parameter.description,
    required: parameter.required,
    schema: parameter.repeated ? { type: 'array', items: valueSchema(parameter) } : valueSchema(parameter),
  }));
}

function valueSchema({
  kind,
  minimum = 0,
  maximum = Number.MAX_SAFE_INTEGER,
  maxLength,
  pattern,
}: QueryParameter): JsonSchema {
  if (kind === 'integer') return { type: 'integer', minimum, maximum };
  return {
    type: 'string',
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

const COMMON_NAMES: ReadonlyMap<ResponseShape, string> = new Map(
  Object.entries(COMMON_RESPONSES).map(([name, shape]) => [shape, `#/components/responses/${name}`]),
);

function requestBody(body: BodyShape, example: Example | undefined, names: SchemaNames): OpenApiBody {
  const { contentType, description, optional, schema } = body;
  return {
    required: optional !== true,
    ...(description === undefined ? {} : { description }),
    content: content(contentType, schema, names, example?.body),
  };
}

function responseObject(shape: ResponseShape, names: SchemaNames, example?: unknown): OpenApiResponse {
  const { description, contentType, schema, headers = {} } = shape;
  const entries = Object.entries(headers).map(([name, text]) => [
    name,
    { description: text, schema: { type: 'string' } },
  ]);
  return {
    description,
    headers: Object.fromEntries(entries),
    ...(contentType === undefined ? {} : { content: content(contentType, schema, names, example) }),
  };
}

function content(
  contentType: string,
  schema: v.GenericSchema | undefined,
  names: SchemaNames,
  example: unknown,
): Content {
  const described: JsonSchema = schema === undefined ? { type: 'string' } : { $ref: refTo(names.get(schema) ?? '') };
  return { [contentType]: { schema: described, ...(example === undefined ? {} : { example }) } };
}

/** The operation that answers with the document of all operations, itself included. */
export function openApiOperation(groups: () => readonly OperationGroup[]): Operation {
  let text: string | undefined;
  return {
    id: 'getOpenApi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document.',
    access: 'public',
    responses: { 200: jsonResponse(v.record(v.string(), v.unknown()), 'The document.') },
    handle: (c) => {
      text ??= JSON.stringify(openApiDocument(groups()));
      return c.body(text, 200, { 'Content-Type': 'application/json' });
    },
  };
}
