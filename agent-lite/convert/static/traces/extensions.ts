/** What stands beside pipelines of traces: logins by OAuth, and the sampling strategies that Jaeger's clients ask for. */
import { attributes, type Block, type Body, block, optionalBlock, same } from '../../alloy/block.ts';
import type { RemoteSamplingForm, TraceInstanceForm } from '../../forms/traces.ts';
import { authName } from './exporters.ts';
import type { Labels } from './pipeline.ts';
import { grpcServerBody, httpServerBody } from './receivers.ts';

export function authBlocks({ remote_write = [] }: TraceInstanceForm, labels: Labels): Block[] {
  return remote_write.flatMap((form, index): Block[] => {
    const { oauth2 } = form;
    if (oauth2 === undefined) return [];
    const { tls } = oauth2;
    const body = [
      ...same(oauth2, 'client_id', 'client_secret', 'token_url', 'endpoint_params', 'scopes', 'timeout'),
      optionalBlock(
        'tls',
        tls ? same(tls, 'ca_file', 'cert_file', 'key_file', 'insecure', 'insecure_skip_verify') : [],
      ),
    ];
    return [block('otelcol.auth.oauth2', body, labels(authName(form, index)))];
  });
}

export function remoteSamplingBlocks({ jaeger_remote_sampling = [] }: TraceInstanceForm, labels: Labels): Block[] {
  return jaeger_remote_sampling.map((form, index) =>
    block('otelcol.extension.jaeger_remote_sampling', remoteSamplingBody(form), labels(String(index))),
  );
}

/** Both servers run unless one of them is asked for. */
function remoteSamplingBody({ grpc, http, source = {} }: RemoteSamplingForm): Body {
  const neither = grpc === undefined && http === undefined;
  const { remote } = source;
  return [
    ...(grpc || neither ? [block('grpc', grpcServerBody(grpc ?? {}, 'localhost:14250'))] : []),
    ...(http || neither ? [block('http', httpServerBody(http ?? {}, 'localhost:5778'))] : []),
    block('source', [
      ...(remote
        ? [
            block('remote', [
              ...attributes({ endpoint: remote.endpoint ?? '', compression: remote.compression ?? '' }),
              ...(remote.tls ? [block('tls', same(remote.tls, 'insecure'))] : []),
              ...same(remote, 'headers'),
            ]),
          ]
        : []),
      ...same(source, 'file', 'reload_interval'),
    ]),
  ];
}
