/** `redis_exporter` as `prometheus.exporter.redis`: what was a text with commas is a list. */
import { attributes, type Body, same } from '../alloy/block.ts';
import type { IntegrationForms } from '../forms/integrations.ts';

export function redisBody(form: IntegrationForms['redis_exporter']): Body {
  return [
    ...same(form, 'include_exporter_metrics', 'redis_addr', 'redis_user', 'redis_password', 'redis_password_file'),
    ...same(form, 'redis_password_map_file', 'namespace', 'config_command'),
    ...attributes({ check_keys: split(form.check_keys), check_key_groups: split(form.check_key_groups) }),
    ...same(form, 'check_key_groups_batch_size', 'max_distinct_key_groups'),
    ...attributes({
      check_single_keys: split(form.check_single_keys),
      check_streams: split(form.check_streams),
      check_single_streams: split(form.check_single_streams),
    }),
    ...same(form, 'export_key_values'),
    ...attributes({ count_keys: split(form.count_keys) }),
    ...same(form, 'script_path', 'connection_timeout', 'tls_client_key_file', 'tls_client_cert_file'),
    ...same(form, 'tls_ca_cert_file', 'set_client_name', 'is_tile38', 'is_cluster', 'export_client_list'),
    ...same(form, 'export_client_port', 'redis_metrics_only', 'ping_on_connect', 'incl_system_metrics'),
    ...same(form, 'skip_tls_verification'),
  ];
}

function split(written: string | undefined): readonly string[] | undefined {
  return written === undefined || written === '' ? undefined : written.split(',');
}
