/** Promtail's clients as `loki.write`: one each, because each may add labels of its own. */
import { attributes, type Block, block, same } from '../alloy/block.ts';
import { labelWithIndex } from '../alloy/identifier.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { ClientForm } from '../forms/promtail.ts';
import { checkHttpClient, httpClient } from '../prometheus/http-client.ts';

export interface Writers {
  readonly blocks: readonly Block[];
  readonly receivers: readonly string[];
}

export function convertClients(
  clients: readonly ClientForm[],
  labelPrefix: string,
  maxStreams: number | undefined,
  diagnostics: ConversionDiagnostics,
): Writers {
  const blocks = clients.map((client, i) => {
    const label = labelWithIndex(i, labelPrefix || 'default');
    return writeBlock(client, label, maxStreams);
  });
  for (const client of clients) {
    checkHttpClient(client, diagnostics);
    if (client.stream_lag_labels) {
      diagnostics.add('Warning', 'stream_lag_labels of a client does nothing since Promtail 2.9 and is left out');
    }
  }
  return { blocks, receivers: blocks.map(({ label }) => `loki.write.${label}.receiver`) };
}

function writeBlock(client: ClientForm, label: string, maxStreams: number | undefined): Block {
  const { backoff_config: backoff = {} } = client;
  const endpoint = block('endpoint', [
    ...same(client, 'name', 'url'),
    ...attributes({ batch_wait: client.batchwait, batch_size: client.batchsize, remote_timeout: client.timeout }),
    ...same(client, 'headers'),
    ...attributes({
      min_backoff_period: backoff.min_period,
      max_backoff_period: backoff.max_period,
      max_backoff_retries: backoff.max_retries,
    }),
    ...same(client, 'tenant_id'),
    ...attributes({
      retry_on_http_429: client.drop_rate_limited_batches === undefined ? undefined : !client.drop_rate_limited_batches,
    }),
    ...httpClient(client),
  ]);
  const external_labels = client.external_labels?.size ? client.external_labels : undefined;
  const max_streams = maxStreams === 0 ? undefined : maxStreams;
  return block('loki.write', [endpoint, ...attributes({ external_labels, max_streams })], label);
}
