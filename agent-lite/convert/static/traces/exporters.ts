/** Where traces go: `remote_write` of the agent, and its balancing of load between instances. */
import { attributes, type Block, type Body, block, optionalBlock, type Statement, same } from '../../alloy/block.ts';
import { type AlloyValue, Duration, Expression } from '../../alloy/value.ts';
import type { ConversionDiagnostics } from '../../diagnostics.ts';
import type { RetryForm, TraceInstanceForm, TraceWriteForm } from '../../forms/traces.ts';
import type { Labels, Stage } from './pipeline.ts';

/** Logins stand beside the pipelines, so their labels are not those of a pipeline. */
export function exporterStages({ remote_write = [] }: TraceInstanceForm, logins: Labels): Stage[] {
  return remote_write.map((form, index) => {
    const kind = form.protocol === 'http' ? 'otlphttp' : 'otlp';
    return {
      component: `otelcol.exporter.${kind}`,
      name: String(index),
      body: () => exporterBody(form, logins(authName(form, index))),
    };
  });
}

/** The agent gives every exporter that logs in by OAuth a login of its own. */
export function authName({ protocol }: TraceWriteForm, index: number): string {
  return `${protocol === 'http' ? 'otlphttp' : 'otlp'}${index}`;
}

function exporterBody(form: TraceWriteForm, authLabel: string): Body {
  const { sending_queue: queue } = form;
  return [
    ...(queue
      ? [block('sending_queue', same(queue, 'enabled', 'num_consumers', 'queue_size', 'block_on_overflow', 'sizer'))]
      : []),
    optionalBlock('retry_on_failure', retryBody(form.retry_on_failure ?? {})),
    block('client', [
      ...attributes({ endpoint: form.endpoint ?? '', compression: form.compression }),
      ...clientTls(form),
      ...attributes({ headers: headersOf(form) }),
      ...(form.oauth2 ? attributes({ auth: new Expression(`otelcol.auth.oauth2.${authLabel}.handler`) }) : []),
    ]),
  ];
}

/** The Collector would try for five minutes; the agent gives up after one. */
const MAX_ELAPSED = new Duration(60_000);

function retryBody(form: RetryForm): Statement[] {
  return [
    ...same(form, 'enabled', 'initial_interval', 'randomization_factor', 'multiplier', 'max_interval'),
    ...attributes({ max_elapsed_time: form.max_elapsed_time ?? MAX_ELAPSED }),
  ];
}

function clientTls(form: TraceWriteForm): Block[] {
  if (form.insecure) return [block('tls', attributes({ insecure: true }))];
  const { tls_config: tls } = form;
  const skip = tls ? tls.insecure_skip_verify : form.insecure_skip_verify;
  const files = tls ? same(tls, 'ca_file', 'cert_file', 'key_file') : [];
  return [optionalBlock('tls', [...files, ...attributes({ insecure_skip_verify: skip || undefined })])];
}

type Login = Pick<TraceWriteForm, 'basic_auth' | 'headers'>;

function headersOf({ headers, basic_auth: basic }: Login): AlloyValue | undefined {
  if (basic === undefined) return headers;
  const { username = '', password = '' } = basic;
  const token = Buffer.from(`${username}:${password}`).toString('base64');
  return new Map([...(headers ?? []), ['authorization', `Basic ${token}`]]);
}

export function loadBalancingStage(instance: TraceInstanceForm): Stage {
  const { exporter = {}, resolver = {}, routing_key } = instance.load_balancing ?? {};
  const { static: fixed, dns, kubernetes } = resolver;
  const client = [
    ...attributes({ compression: exporter.compression || 'none' }),
    ...clientTls(exporter),
    ...attributes({ headers: headersOf(exporter) }),
  ];
  const body = [
    block('protocol', [block('otlp', [block('retry', retryBody({})), optionalBlock('client', client)])]),
    block('resolver', [
      ...(fixed ? [block('static', same(fixed, 'hostnames'))] : []),
      ...(dns ? [block('dns', same(dns, 'hostname', 'port', 'interval', 'timeout'))] : []),
      ...(kubernetes ? [block('kubernetes', same(kubernetes, 'service', 'ports', 'timeout', 'return_hostnames'))] : []),
    ]),
    ...attributes({ routing_key: routing_key || undefined }),
    block('sending_queue', []),
  ];
  return { component: 'otelcol.exporter.loadbalancing', name: '', body: () => body };
}

export function checkWriters(
  { remote_write = [], load_balancing }: TraceInstanceForm,
  diagnostics: ConversionDiagnostics,
): void {
  const logins = [...remote_write.map(({ basic_auth }) => basic_auth), load_balancing?.exporter?.basic_auth];
  for (const login of logins) {
    if (login?.password_file !== undefined || login?.username_file !== undefined) {
      diagnostics.unsupported('traces remote_write basic_auth password_file', 'use an otelcol.auth.basic component');
    }
  }
}
