/** Values from elsewhere. */
import { block, body, optional, orderedBlocks, required, t, withDefault } from '../../core/alloy/schema.ts';
import { kubernetesClientSchema } from './blocks/kubernetes.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

export const remoteComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'remote.kubernetes.configmap',
    summary: 'Exports the data of a Kubernetes ConfigMap.',
    schema: body({
      namespace: required(t.string),
      name: required(t.string),
      poll_frequency: withDefault(t.duration, 60_000, { text: '1m' }),
      poll_timeout: withDefault(t.duration, 15_000, { text: '15s' }),
      client: block(kubernetesClientSchema),
    }),
    exports: { data: 'map(secret)' },
  }),
  declareComponent({
    name: 'remote.kubernetes.secret',
    summary: 'Exports the data of a Kubernetes Secret.',
    schema: body({
      namespace: required(t.string),
      name: required(t.string),
      poll_frequency: withDefault(t.duration, 60_000, { text: '1m' }),
      poll_timeout: withDefault(t.duration, 15_000, { text: '15s' }),
      client: block(kubernetesClientSchema),
    }),
    exports: { data: 'map(secret)' },
  }),
  declareComponent({
    name: 'remote.s3',
    summary: 'Exports the content of an object in S3.',
    schema: body({
      path: required(t.string),
      poll_frequency: withDefault(t.duration, 600_000, { text: '10m' }),
      is_secret: withDefault(t.bool, false),
      client: block(
        body({
          key: optional(t.string),
          secret: optional(t.secret),
          endpoint: optional(t.string),
          disable_ssl: withDefault(t.bool, false),
          use_path_style: withDefault(t.bool, false),
          region: optional(t.string),
          signing_region: optional(t.string),
        }),
      ),
    }),
    exports: { content: 'string or secret' },
  }),
  declareComponent({
    name: 'remote.vault',
    summary: 'Exports a secret of HashiCorp Vault.',
    schema: body({
      server: required(t.string),
      path: required(t.string),
      namespace: optional(t.string),
      key: optional(t.string),
      reread_frequency: withDefault(t.duration, 0, { text: '0s' }),
      client_options: block(
        body({
          min_retry_wait: withDefault(t.duration, 1000, { text: '1s' }),
          max_retry_wait: withDefault(t.duration, 1500, { text: '1.5s' }),
          max_retries: withDefault(t.int, 2),
          timeout: withDefault(t.duration, 60_000, { text: '1m' }),
        }),
      ),
      auth: orderedBlocks(() => ({
        'auth.token': body({ token: required(t.secret) }),
        'auth.approle': body({
          role_id: required(t.string),
          secret: required(t.secret),
          wrapping_token: withDefault(t.bool, false),
          mount_path: withDefault(t.string, 'approle'),
        }),
        'auth.aws': body({
          type: required(t.string),
          region: withDefault(t.string, 'us-east-1'),
          role: optional(t.string),
          iam_server_id_header: optional(t.string),
          ec2_signature_type: withDefault(t.string, 'pkcs7'),
          mount_path: withDefault(t.string, 'aws'),
        }),
        'auth.azure': body({
          role: required(t.string),
          resource_url: withDefault(t.string, 'https://management.azure.com/'),
          mount_path: withDefault(t.string, 'azure'),
        }),
        'auth.gcp': body({
          role: required(t.string),
          type: required(t.string),
          iam_service_account: optional(t.string),
          mount_path: withDefault(t.string, 'gcp'),
        }),
        'auth.kubernetes': body({
          role: required(t.string),
          service_account_file: withDefault(t.string, '/var/run/secrets/kubernetes.io/serviceaccount/token'),
          mount_path: withDefault(t.string, 'kubernetes'),
        }),
        'auth.ldap': body({
          username: required(t.string),
          password: required(t.secret),
          mount_path: withDefault(t.string, 'ldap'),
        }),
        'auth.userpass': body({
          username: required(t.string),
          password: required(t.secret),
          mount_path: withDefault(t.string, 'userpass'),
        }),
        'auth.custom': body({
          path: required(t.string),
          data: required(t.map(t.secret)),
          namespace: optional(t.string),
        }),
      })),
    }),
    exports: { data: 'map(secret)' },
  }),
];
