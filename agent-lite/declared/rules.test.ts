import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../core/alloy/check.ts';
import { hostRegistry } from '../components/registry.ts';
import { hostBlocks } from '../runtime/logging-block.ts';

const blocks = hostBlocks({ level: 'info', format: 'logfmt' });
const REFUSED = '; Alloy refuses to load this';

/** What is warned of beside that the component does not run here. */
function refusals(name: string, body: string): string[] {
  const text = `${name} "x" {\n${body}\n}\n`;
  const options = { minStability: 'experimental', communityComponents: true, blocks } as const;
  const found = checkConfig([{ filename: 'c', text }], hostRegistry, 'host', options);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
  return found.flatMap(({ message }) => (message.endsWith(REFUSED) ? [message.slice(0, -REFUSED.length)] : []));
}

const syslog = (settings: string) => `forward_to = []\nlistener {\naddress = "127.0.0.1:5140"\n${settings}\n}`;
const otlp = (settings: string) => `client {\nendpoint = "127.0.0.1:4317"\n}\n${settings}`;
const limiter = (settings: string) => `check_interval = "1s"\n${settings}\noutput { }`;
const scaleway = 'project_id = "p"\nrole = "instance"\naccess_key = "a"\n';

describe('a rule of Alloy beyond names and types', () => {
  it.each([
    ['discovery.dockerswarm', 'host = "h"\nrole = "nodes"\nrefresh_interval = "0s"', 'must be greater than 0'],
    ['discovery.dns', 'names = ["a"]\ntype = "TXT"', 'invalid DNS-SD records type TXT'],
    ['discovery.dns', 'names = ["a"]\ntype = "a"', 'a port is required for all record types but SRV'],
    ['discovery.azure', '', 'exactly one of oauth, managed_identity, sdk_auth, workload_identity must be given'],
    ['discovery.scaleway', scaleway, 'exactly one of secret_key, secret_key_file must be given'],
    ['discovery.serverset', 'servers = ["a"]\npaths = ["b"]', 'paths must begin with "/"'],
    ['discovery.eureka', 'server = "host"', 'must be a URL with scheme and host'],
    ['discovery.hetzner', 'role = "cloud"', 'must be one of robot, hcloud'],
    [
      'discovery.kubernetes',
      'role = "pod"\nbearer_token = "a"\nbasic_auth {\nusername = "u"\n}',
      'at most one of bearer_token, bearer_token_file, authorization, basic_auth, oauth2 may be given, not bearer_token and basic_auth',
    ],
    [
      'discovery.kubernetes',
      'role = "pod"\ntls_config {\ncert_pem = "c"\n}',
      'a client certificate needs one of key_pem, key_file',
    ],
    [
      'discovery.kubernetes',
      'role = "pod"\ntls_config {\nca_pem = "c"\nca_file = "f"\n}',
      'at most one of ca_pem, ca_file may be given',
    ],
    ['loki.source.gcplog', 'forward_to = []', 'exactly one of pull, push must be given'],
    ['loki.source.kubernetes_events', 'forward_to = []\nlog_format = "xml"', 'must be one of logfmt, json'],
    [
      'loki.source.syslog',
      syslog('syslog_format = "raw"\nuse_incoming_timestamp = true'),
      'has no effect with syslog_format raw',
    ],
    ['loki.source.syslog', syslog('rfc3164_cisco_components { }'), 'has no effect with syslog_format rfc5424'],
    [
      'loki.source.syslog',
      syslog('syslog_format = "rfc3164"\nrfc3164_cisco_components { }'),
      'at least one part must be enabled',
    ],
    ['otelcol.processor.memory_limiter', limiter(''), 'one of limit, limit_percentage must be greater than 0'],
    ['otelcol.processor.memory_limiter', limiter('limit = "1MiB"\nspike_limit = "1MiB"'), 'must be less than limit'],
    ['otelcol.processor.memory_limiter', limiter('limit_percentage = 80'), 'must be from 1 to 100'],
    [
      'otelcol.processor.memory_limiter',
      limiter('limit = "1MiB"\nlimit_percentage = 80'),
      'only one of limit, limit_percentage may be set',
    ],
    [
      'otelcol.processor.attributes',
      'action {\naction = "Delete"\n}\noutput { }',
      'the action delete requires key or pattern',
    ],
    ['otelcol.processor.attributes', 'action {\naction = "insert"\n}\noutput { }', 'the action insert requires key'],
    ['otelcol.processor.span', 'status {\ncode = "Ok"\ndescription = "d"\n}\noutput { }', 'is only for the code Error'],
    ['otelcol.processor.resourcedetection', 'detectors = ["env", "moon"]\noutput { }', 'invalid detector: moon'],
    [
      'otelcol.processor.cumulativetodelta',
      'include {\nmetrics = ["a"]\n}\noutput { }',
      'match_type must be set with metrics',
    ],
    ['otelcol.exporter.otlp', otlp('retry_on_failure {\nmultiplier = 1\n}'), 'must be greater than 1.0'],
    ['otelcol.exporter.otlp', otlp('sending_queue {\nqueue_size = 0\n}'), 'must be greater than 0'],
    [
      'otelcol.exporter.otlp',
      otlp('sending_queue {\nbatch {\nmin_size = 5\nmax_size = 1\n}\n}'),
      'must be 0 or at least min_size',
    ],
  ])('is told of %s { %s }', (name, body, message) => expect(refusals(name, body)).toEqual([message]));

  it.each([
    ['discovery.dns', 'names = ["a"]\ntype = "AAAA"\nport = 80'],
    ['discovery.azure', 'sdk_auth { }'],
    ['discovery.scaleway', `${scaleway}secret_key_file = "f"`],
    ['loki.source.syslog', syslog('syslog_format = "rfc3164"\nrfc3164_cisco_components {\nhostname = true\n}')],
    ['otelcol.processor.memory_limiter', limiter('limit = "2MiB"')],
    ['otelcol.processor.memory_limiter', limiter('limit_percentage = 80\nspike_limit_percentage = 10')],
    ['otelcol.processor.attributes', 'action {\naction = "hash"\npattern = "a.*"\n}\noutput { }'],
    ['otelcol.exporter.otlp', otlp('sending_queue {\nenabled = false\nqueue_size = 0\n}')],
  ])('holds for %s { %s }', (name, body) => expect(refusals(name, body)).toEqual([]));

  it('is not asked of what only the running system knows', () => {
    expect(refusals('discovery.dockerswarm', 'host = "h"\nrole = sys.env("ROLE")')).toEqual([]);
  });
});
