/** The blocks by which components reach the Kubernetes API and select resources. */
import { blocks, body, optional, required, t } from '../../../core/alloy/schema.ts';
import { httpClientFields } from '../../../core/pipeline/http-client-blocks.ts';

export const kubernetesClientSchema = body({
  api_server: optional(t.string),
  kubeconfig_file: optional(t.string),
  ...httpClientFields,
});

export const matchExpressionSchema = body({
  key: required(t.string),
  operator: required(t.string),
  values: optional(t.list(t.string)),
});

export const labelSelectorSchema = body({
  match_labels: optional(t.map(t.string)),
  match_expression: blocks(matchExpressionSchema),
});
