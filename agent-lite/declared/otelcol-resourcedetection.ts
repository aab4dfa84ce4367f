/** The OpenTelemetry processor that detects the host, cloud or cluster it runs in. */
import { block, body, optional, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { debugMetricsSchema, outputSchema, tlsClientSchema } from './blocks/otelcol.ts';
import { type DeclaredComponent, declareComponent, switches } from './declare.ts';
import { need, needText, ruled } from './rules.ts';

const DETECTORS: ReadonlySet<string> = new Set(
  (
    'env ec2 ecs eks elasticbeanstalk lambda akamai azure aks consul digitalocean docker gcp heroku hetzner system ' +
    'openshift kubernetes_node kubeadm dynatrace nova oraclecloud scaleway upcloud vultr tencent_cvm alibaba_ecs'
  ).split(' '),
);

export const otelcolResourcedetectionComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'otelcol.processor.resourcedetection',
    summary: 'Adds attributes of the host or cloud to resources.',
    schema: ruled(
      body({
        detectors: withDefault(t.list(t.string), ['env']),
        override: withDefault(t.bool, true),
        fail_on_missing_metadata: withDefault(t.bool, false),
        timeout: withDefault(t.duration, 5000, { text: '5s' }),
        ec2: block(
          body({
            tags: optional(t.list(t.string)),
            max_attempts: withDefault(t.int, 3),
            max_backoff: withDefault(t.duration, 20_000, { text: '20s' }),
            fail_on_missing_metadata: withDefault(t.bool, false),
            tags_from_imds: withDefault(t.bool, false),
            resource_attributes: block(
              switches(
                'cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region',
                'host.id host.image.id host.name host.type',
              ),
            ),
          }),
        ),
        ecs: block(
          body({
            resource_attributes: block(
              switches(
                'aws.ecs.cluster.arn aws.ecs.launchtype aws.ecs.task.arn aws.ecs.task.family',
                'aws.ecs.task.id aws.ecs.task.revision aws.log.group.arns aws.log.group.names',
                'aws.log.stream.arns aws.log.stream.names cloud.account.id cloud.availability_zone',
                'cloud.platform cloud.provider cloud.region',
              ),
            ),
          }),
        ),
        eks: block(
          body({
            node_from_env_var: withDefault(t.string, 'K8S_NODE_NAME'),
            resource_attributes: block(switches('cloud.account.id cloud.platform cloud.provider k8s.cluster.name')),
          }),
        ),
        elasticbeanstalk: block(
          body({
            resource_attributes: block(
              switches('cloud.platform cloud.provider deployment.environment service.instance.id service.version'),
            ),
          }),
        ),
        lambda: block(
          body({
            resource_attributes: block(
              switches(
                'aws.log.group.names aws.log.stream.names cloud.platform cloud.provider cloud.region',
                'faas.instance faas.max_memory faas.name faas.version',
              ),
            ),
          }),
        ),
        akamai: block(body({ resource_attributes: block(switches('cloud.provider cloud.region host.id host.name')) })),
        azure: block(
          body({
            tags: optional(t.list(t.string)),
            resource_attributes: block(
              switches(
                'azure.resourcegroup.name azure.vm.name azure.vm.scaleset.name azure.vm.size',
                'cloud.account.id cloud.platform cloud.provider cloud.region cloud.availability_zone',
                'host.id host.name',
              ),
            ),
          }),
        ),
        aks: block(body({ resource_attributes: block(switches('cloud.platform cloud.provider k8s.cluster.name')) })),
        consul: block(
          body({
            address: optional(t.string),
            datacenter: optional(t.string),
            token: optional(t.secret),
            namespace: optional(t.string),
            meta: optional(t.list(t.string)),
            resource_attributes: block(switches('cloud.region host.id host.name')),
          }),
        ),
        docker: block(body({ resource_attributes: block(switches('host.name os.type')) })),
        digitalocean: block(
          body({ resource_attributes: block(switches('cloud.provider cloud.region host.id host.name')) }),
        ),
        gcp: block(
          body({
            resource_attributes: block(
              switches(
                'cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region',
                'faas.id faas.instance faas.name faas.version gcp.cloud_run.job.execution',
                'gcp.cloud_run.job.task_index gcp.gce.instance.hostname gcp.gce.instance.name',
                'gcp.gce.instance.group_manager.name gcp.gce.instance.group_manager.region',
                'gcp.gce.instance.group_manager.zone host.id host.name host.type k8s.cluster.name',
              ),
            ),
          }),
        ),
        heroku: block(
          body({
            resource_attributes: block(
              switches(
                'cloud.provider heroku.app.id heroku.dyno.id heroku.release.commit',
                'heroku.release.creation_timestamp service.instance.id service.name service.version',
              ),
            ),
          }),
        ),
        hetzner: block(
          body({
            resource_attributes: block(
              switches('cloud.availability_zone cloud.provider cloud.region host.id host.name'),
            ),
          }),
        ),
        system: block(
          body({
            hostname_sources: withDefault(t.list(t.string), ['dns', 'os']),
            resource_attributes: block(
              switches(
                'host.arch host.cpu.cache.l2.size host.cpu.family host.cpu.model.id host.cpu.model.name',
                'host.cpu.stepping host.cpu.vendor.id host.id host.interface host.ip host.mac host.name',
                'os.build.id os.description os.name os.type os.version',
              ),
            ),
          }),
        ),
        openshift: block(
          body({
            address: optional(t.string),
            token: optional(t.string),
            tls: block(tlsClientSchema),
            resource_attributes: block(switches('cloud.platform cloud.provider cloud.region k8s.cluster.name')),
          }),
        ),
        kubernetes_node: block(
          body({
            auth_type: withDefault(t.string, 'none'),
            context: optional(t.string),
            node_from_env_var: withDefault(t.string, 'K8S_NODE_NAME'),
            resource_attributes: block(switches('k8s.node.name k8s.node.uid')),
          }),
        ),
        kubeadm: block(
          body({
            auth_type: withDefault(t.string, 'none'),
            context: optional(t.string),
            resource_attributes: block(switches('k8s.cluster.name k8s.cluster.uid')),
          }),
        ),
        dynatrace: block(body({})),
        nova: block(
          body({
            fail_on_missing_metadata: withDefault(t.bool, false),
            labels: optional(t.list(t.string)),
            resource_attributes: block(
              switches(
                'cloud.platform cloud.provider cloud.region cloud.availability_zone host.id host.name',
                'host.type',
              ),
            ),
          }),
        ),
        oraclecloud: block(
          body({
            resource_attributes: block(
              switches(
                'cloud.platform cloud.provider cloud.region cloud.availability_zone host.id host.name',
                'host.type k8s.cluster.name oracle_cloud.realm',
              ),
            ),
          }),
        ),
        scaleway: block(
          body({
            resource_attributes: block(
              switches(
                'cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region',
                'host.id host.image.id host.image.name host.name host.type',
              ),
            ),
          }),
        ),
        upcloud: block(
          body({
            fail_on_missing_metadata: withDefault(t.bool, false),
            resource_attributes: block(switches('cloud.provider cloud.region host.id host.name')),
          }),
        ),
        vultr: block(
          body({
            fail_on_missing_metadata: withDefault(t.bool, false),
            resource_attributes: block(switches('cloud.provider cloud.region host.id host.name')),
          }),
        ),
        tencent_cvm: block(
          body({
            fail_on_missing_metadata: withDefault(t.bool, false),
            resource_attributes: block(
              switches(
                'cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region',
                'host.id host.image.id host.name host.type',
              ),
            ),
          }),
        ),
        alibaba_ecs: block(
          body({
            fail_on_missing_metadata: withDefault(t.bool, false),
            resource_attributes: block(
              switches(
                'cloud.account.id cloud.availability_zone cloud.platform cloud.provider cloud.region',
                'host.id host.image.id host.name host.type',
              ),
            ),
          }),
        ),
        output: requiredBlock(outputSchema),
        debug_metrics: block(debugMetricsSchema),
      }),
      (args, path) => {
        needText(args, path, 'detectors');
        for (const each of args.detectors) need(DETECTORS.has(each), path, 'detectors', `invalid detector: ${each}`);
      },
    ),
    exports: { input: 'Consumer' },
  }),
];
