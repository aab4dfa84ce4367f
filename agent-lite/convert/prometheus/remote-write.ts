/** All of `remote_write` as one `prometheus.remote_write`, with an endpoint for each. */
import { attributes, type Block, type Body, block, type Statement, same } from '../alloy/block.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { RemoteWriteForm } from '../forms/prometheus.ts';
import { checkHttpClient, httpClient } from './http-client.ts';
import { ruleBlocks } from './relabel.ts';

export function remoteWriteBlock(
  forms: readonly RemoteWriteForm[],
  externalLabels: ReadonlyMap<string, string> | undefined,
  label: string,
): Block {
  return block(
    'prometheus.remote_write',
    [
      ...attributes({ external_labels: externalLabels?.size === 0 ? undefined : externalLabels }),
      ...forms.map((form) => block('endpoint', endpointBody(form))),
    ],
    label,
  );
}

function endpointBody(form: RemoteWriteForm): Body {
  const { queue_config: queue = {}, metadata_config: metadata = {}, sigv4, azuread, google_iam } = form;
  return [
    ...same(form, 'name', 'url', 'remote_timeout', 'headers', 'send_exemplars', 'send_native_histograms'),
    ...same(form, 'protobuf_message'),
    ...httpClient(form),
    block('queue_config', [
      ...same(queue, 'capacity', 'max_shards', 'min_shards', 'max_samples_per_send', 'batch_send_deadline'),
      ...same(queue, 'min_backoff', 'max_backoff', 'retry_on_http_429', 'sample_age_limit'),
    ]),
    block('metadata_config', same(metadata, 'send', 'send_interval', 'max_samples_per_send')),
    ...ruleBlocks('write_relabel_config', form.write_relabel_configs),
    ...(sigv4 ? [sigv4Block(sigv4)] : []),
    ...(azuread ? [block('azuread', azureBody(azuread))] : []),
    ...(google_iam ? [block('google_iam', same(google_iam, 'credentials_file'))] : []),
    ...same(form, 'round_robin_dns'),
  ];
}

function sigv4Block(form: NonNullable<RemoteWriteForm['sigv4']>): Block {
  return block('sigv4', [
    ...same(form, 'region', 'access_key', 'secret_key', 'profile', 'role_arn', 'external_id', 'use_fips_sts_endpoint'),
    ...same(form, 'service_name'),
  ]);
}

function azureBody(form: NonNullable<RemoteWriteForm['azuread']>): Statement[] {
  const { managed_identity: managed, workload_identity: workload, oauth, sdk } = form;
  return [
    ...(managed ? [block('managed_identity', same(managed, 'client_id'))] : []),
    ...(workload ? [block('workload_identity', same(workload, 'client_id', 'tenant_id', 'token_file_path'))] : []),
    ...(oauth ? [block('oauth', same(oauth, 'client_id', 'client_secret', 'tenant_id'))] : []),
    ...(sdk ? [block('sdk', same(sdk, 'tenant_id'))] : []),
    ...same(form, 'cloud', 'scope'),
  ];
}

export function checkRemoteWrite(form: RemoteWriteForm, diagnostics: ConversionDiagnostics): void {
  if (form.azuread?.certificate) diagnostics.unsupported('remote_write azuread certificate');
  checkHttpClient(form, diagnostics);
}
