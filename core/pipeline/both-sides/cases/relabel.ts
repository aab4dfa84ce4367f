/** Cases of relabelling, of metrics and of logs. */
import { type BothSidesCase, logsCase, metricsCase } from '../case.ts';

const up = (more: Readonly<Record<string, string>> = {}) => [{ __name__: 'up', job: 'node', ...more }, 1] as const;
const METRICS = 'prometheus.relabel';
const LOGS = 'loki.relabel';

export const relabelCases: readonly BothSidesCase[] = [
  metricsCase(
    METRICS,
    'joins labels, matches all of it and expands groups',
    `rule {\nsource_labels = ["job", "env"]\nseparator = "/"\nregex = "(.+)/(prod|test)"\ntarget_label = "service"\nreplacement = "$2-\${1}x"\n}`,
    [up({ env: 'prod' }), up({ env: 'production' })],
    [
      '{__name__="up", env="prod", job="node", service="prod-nodex"} 1',
      '{__name__="up", env="production", job="node"} 1',
    ],
  ),
  metricsCase(
    METRICS,
    'keeps and drops',
    'rule {\naction = "keep"\nsource_labels = ["job"]\nregex = "node|web"\n}\nrule {\naction = "drop"\nsource_labels = ["__name__"]\nregex = "go_.*"\n}',
    [up(), up({ job: 'db' }), [{ __name__: 'go_goroutines', job: 'web' }, 7]],
    ['{__name__="up", job="node"} 1', 'dropped: 2 relabel'],
  ),
  metricsCase(
    METRICS,
    'hashes as Prometheus does',
    'rule {\naction = "hashmod"\nsource_labels = ["instance"]\nmodulus = 1000\ntarget_label = "shard"\n}',
    [up({ instance: 'a:9100' }), up({ instance: 'ü' })],
    [
      '{__name__="up", instance="a:9100", job="node", shard="895"} 1',
      '{__name__="up", instance="ü", job="node", shard="211"} 1',
    ],
  ),
  metricsCase(
    METRICS,
    'maps, drops and keeps by name',
    'rule {\naction = "labelmap"\nregex = "meta_(.+)"\nreplacement = "k8s_$1"\n}\nrule {\naction = "labeldrop"\nregex = "meta_.+"\n}',
    [up({ meta_pod: 'p', meta_ns: 'n' })],
    ['{__name__="up", job="node", k8s_ns="n", k8s_pod="p"} 1'],
  ),
  metricsCase(
    METRICS,
    'changes case beyond ASCII',
    'rule {\naction = "uppercase"\nsource_labels = ["site"]\ntarget_label = "site"\n}\nrule {\naction = "lowercase"\nsource_labels = ["job"]\ntarget_label = "low"\n}',
    [up({ site: 'straße é', job: 'ÀÉ' })],
    ['{__name__="up", job="ÀÉ", low="àé", site="STRAßE É"} 1'],
  ),
  metricsCase(
    METRICS,
    'compares labels',
    'rule {\naction = "keepequal"\nsource_labels = ["a"]\ntarget_label = "b"\n}',
    [up({ a: '1', b: '1' }), up({ a: '1', b: '2' })],
    ['{__name__="up", a="1", b="1", job="node"} 1', 'dropped: 1 relabel'],
  ),
  metricsCase(
    METRICS,
    'removes a label that becomes empty',
    'rule {\ntarget_label = "job"\nreplacement = ""\n}',
    [up()],
    ['{__name__="up"} 1'],
  ),
  metricsCase(
    METRICS,
    'refuses a rule that makes no sense',
    'rule { action = "explode" }',
    [],
    ['error: unknown relabel action "explode"'],
  ),
  logsCase(
    LOGS,
    'rewrites labels of a stream',
    'rule {\nsource_labels = ["filename"]\nregex = "/var/log/(.*)[.]log"\ntarget_label = "app"\n}',
    [{ line: 'x', labels: { filename: '/var/log/nginx.log' } }],
    ['{app="nginx", filename="/var/log/nginx.log"} "x"'],
  ),
  logsCase(
    LOGS,
    'drops a stream',
    'rule {\naction = "drop"\nsource_labels = ["job"]\nregex = "noise"\n}',
    [{ line: 'x', labels: { job: 'noise' } }, { line: 'y' }],
    ['{job="app"} "y"', 'dropped: 1 relabel'],
  ),
  logsCase(
    LOGS,
    'leaves metadata and time alone',
    'rule {\naction = "labelkeep"\nregex = "job"\n}',
    [{ line: 'x', labels: { job: 'app', pod: 'p' }, metadata: { pod: 'm' }, atMs: 3 }],
    ['{job="app"} "x" {pod="m"} @3000000ns'],
  ),
];
