// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of Go's regexp
/**
 * Our relabelling beside that of a real Prometheus: a large random table of rules and label sets. Static targets are
 * enough: Prometheus relabels them when it loads its configuration, and its API tells what became of each.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLabels, type Labels, LabelsBuilder, labelsFromRecord } from '../../core/labels/labels.ts';
import { compileRelabelRules, RelabelConfigError } from '../../core/relabel/compile.ts';
import { DEFAULT_RELABEL_CONFIG, RELABEL_ACTIONS, type RelabelConfig } from '../../core/relabel/config.ts';
import { applyRelabelRules } from '../../core/relabel/relabel.ts';
import { type Peer, peer, requirePeer, startPrometheus } from '../support/peers.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const JOBS = 500;
const TARGETS_PER_JOB = 20;
const SEED = 20_261_122;

const names = ['a', 'b', 'app', 'env', 'm_x', 'm_y', 'm_0', 'le', 'region_1', 'instance'] as const;
const values = [
  ...['', 'x', 'foo', 'foobar', 'Foo', 'prod-eu-1', 'prod', 'a;b', 'node_cpu_seconds_total', '10.0.0.1:9100'],
  ...['grüße', 'ΑΣ', 'straße', 'İ', '😀b', '$1', '${1}', ' x ', '0', 'x.y'],
  ...['app', 'm_x'],
] as const;
const patterns = [
  ...['(.*)', '', '.*', '.+', 'foo', 'foo.*', '.*foo.*', '(foo|bar).*', 'foo|prod', '(.+)-(.+)-(\\d+)', '([^;]*);(.*)'],
  ...[
    '(?i)FOO',
    'm_(.+)',
    '(?P<left>.)_(?P<right>.*)',
    '[a-z]+',
    '(a|b|app)',
    '^foo$',
    '(.*):\\d+',
    'x\\.y',
    '.*?(o+).*',
  ],
  ...['\\pL+', '(..)(.*)', 'prod.*|foo', '.{3}', '[^x]*', '(f)?(o*)(.*)', '\\$1', '(?:m_)?(\\w+)'],
] as const;
const replacements = [
  ...['$1', '', 'static', '${1}', '$2', '$1$1', '${1}_x', '$1x', '$left-${right}', '$$1', '$0', '${1', 'a$', '$3'],
  ...['${2}${1}', 'é$1', '$1 ', '${unknown}'],
] as const;
const templates = ['$1', '${1}', 'n_$1', '${right}_${left}', 'x_${1}_y', '$2', 'b', 'new'] as const;
const targets = [...names, '$1', '${1}', 'n_${1}', '${2}', '${left}', 'new'] as const;

const some = <T>(all: readonly T[]) => fc.constantFrom(...all);
const sources = fc.array(some([...names, 'missing']), { maxLength: 3 });
const separator = some([';', '', '-', ';;']);

/** Every action with the fields it takes, weighted towards the usual one. */
const rule: fc.Arbitrary<Partial<RelabelConfig>> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      action: fc.constant('replace'),
      sourceLabels: sources,
      separator,
      regex: some(patterns),
      replacement: some(replacements),
      targetLabel: some(targets),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      action: some(['keep', 'drop']),
      sourceLabels: sources,
      separator,
      regex: some(patterns),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      action: some(['keepequal', 'dropequal']),
      sourceLabels: sources,
      targetLabel: some(names),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      action: some(['lowercase', 'uppercase']),
      sourceLabels: sources,
      separator,
      targetLabel: some(names),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      action: fc.constant('hashmod'),
      sourceLabels: sources,
      separator,
      targetLabel: some(names),
      modulus: some([1, 2, 1000, 4_294_967_291, Number.MAX_SAFE_INTEGER]),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ action: fc.constant('labelmap'), regex: some(patterns), replacement: some(templates) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ action: some(['labeldrop', 'labelkeep']), regex: some(patterns) }),
  },
);

interface Job {
  readonly rules: readonly RelabelConfig[];
  readonly targets: readonly Readonly<Record<string, string>>[];
}

const job: fc.Arbitrary<Job> = fc.record({
  rules: fc.array(
    rule.map((given) => ({ ...DEFAULT_RELABEL_CONFIG, ...given })),
    { minLength: 1, maxLength: 6 },
  ),
  targets: fc.array(fc.dictionary(some(names), some(values), { maxKeys: 7 }), {
    minLength: TARGETS_PER_JOB,
    maxLength: TARGETS_PER_JOB,
  }),
});

/** Without these a target is an error and not listed, and rules may have taken them away. */
const restoring: readonly RelabelConfig[] = [
  { targetLabel: '__address__', replacement: 'target.invalid:1' },
  { targetLabel: '__scheme__', replacement: 'http' },
  { targetLabel: '__metrics_path__', replacement: '/metrics' },
  { targetLabel: '__scrape_interval__', replacement: '1d' },
  { targetLabel: '__scrape_timeout__', replacement: '10s' },
].map((given) => ({ ...DEFAULT_RELABEL_CONFIG, ...given }));

function yamlRule(config: RelabelConfig): Record<string, unknown> {
  const all: Record<string, unknown> = {
    action: config.action,
    source_labels: config.sourceLabels,
    separator: config.separator,
    regex: config.regex,
    replacement: config.replacement,
    target_label: config.targetLabel,
    modulus: config.modulus,
  };
  const defaults = DEFAULT_RELABEL_CONFIG as unknown as Record<string, unknown>;
  const fieldOf: Record<string, string> = { source_labels: 'sourceLabels', target_label: 'targetLabel' };
  const isSet = ([name, value]: [string, unknown]) =>
    name === 'action' || (Array.isArray(value) ? value.length > 0 : value !== defaults[fieldOf[name] ?? name]);
  return Object.fromEntries(Object.entries(all).filter(isSet));
}

const jobName = (number: number) => `job-${number}`;

function configText(jobs: readonly Job[]): string {
  const scrapeConfigs = jobs.map(({ rules, targets }, i) => ({
    job_name: jobName(i),
    scrape_interval: '1d',
    relabel_configs: [...rules, ...restoring].map(yamlRule),
    static_configs: targets.map((labels, k) => ({
      targets: [`t${k}.invalid:1`],
      labels: { ...labels, __meta_id: `${i}/${k}` },
    })),
  }));
  // JSON is YAML.
  return JSON.stringify({ scrape_configs: scrapeConfigs });
}

interface TargetsAnswer {
  readonly data: {
    readonly activeTargets: readonly { readonly scrapePool: string; readonly labels: Record<string, string> }[];
    readonly droppedTargets: readonly unknown[];
  };
}

/** The label sets that are left of each job, as text. Targets that rules made equal are one. */
type Kept = ReadonlyMap<string, ReadonlySet<string>>;

async function keptByPrometheus(jobs: readonly Job[]): Promise<{ kept: Kept; dropped: number }> {
  const prometheus = await startPrometheus({ config: configText(jobs) });
  try {
    await waitUntil('Prometheus has relabelled the targets of every job', async () => {
      return (await syncedJobs(prometheus.url)) === jobs.length;
    });
    const answer = ((await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as TargetsAnswer).data;
    const kept = new Map(jobs.map((_, i) => [jobName(i), new Set<string>()]));
    for (const { scrapePool, labels } of answer.activeTargets) {
      kept.get(scrapePool)?.add(formatLabels(labelsFromRecord(labels)));
    }
    return { kept, dropped: answer.droppedTargets.length };
  } finally {
    await prometheus.stop();
  }
}

/**
 * How many scrape pools have taken their targets. Each does so on its own: right after the first of them the API tells
 * of some jobs and not yet of others.
 */
async function syncedJobs(prometheusUrl: string): Promise<number> {
  const metrics = await (await fetch(`${prometheusUrl}/metrics`)).text();
  return [...metrics.matchAll(/^prometheus_target_scrape_pool_sync_total\{.*\} [1-9]/gm)].length;
}

function keptByUs(jobs: readonly Job[]): { kept: Kept; dropped: number } {
  let dropped = 0;
  const kept = new Map<string, Set<string>>();
  for (const [i, { rules, targets }] of jobs.entries()) {
    const compiled = compileRelabelRules([...rules, ...restoring]).map((rule) => [rule]);
    const left = new Set<string>();
    for (const [k, labels] of targets.entries()) {
      const builder = new LabelsBuilder(discovered(i, k, labels));
      // One by one: where labelmap makes two labels one, 2.42 knows no order but that of names (newer: labels.ts).
      if (compiled.every((rule) => applyRelabelRules(rule, builder))) left.add(asTarget(builder.labels()));
      else dropped++;
    }
    kept.set(jobName(i), left);
  }
  return { kept, dropped };
}

/** What the rules see: the labels of the configuration and those that Prometheus adds. */
function discovered(jobNumber: number, target: number, labels: Readonly<Record<string, string>>): Labels {
  return labelsFromRecord({
    ...labels,
    __meta_id: `${jobNumber}/${target}`,
    job: jobName(jobNumber),
    __address__: `t${target}.invalid:1`,
    __metrics_path__: '/metrics',
    __scheme__: 'http',
    __scrape_interval__: '1d',
    __scrape_timeout__: '10s',
  });
}

/** What Prometheus does after its rules: labels that begin with `__` go, and `instance` has a default. */
function asTarget(labels: Labels): string {
  const builder = new LabelsBuilder(labels.filter(({ name }) => !name.startsWith('__')));
  if (!builder.has('instance')) builder.set('instance', 'target.invalid:1');
  return formatLabels(builder.labels());
}

describe.skipIf(!requirePeer('prometheus'))('relabelling', () => {
  it('makes of thousands of label sets what Prometheus makes of them', async () => {
    const jobs = fc.sample(job, { numRuns: JOBS, seed: SEED });
    const theirs = await keptByPrometheus(jobs);
    const ours = keptByUs(jobs);
    const differing = jobs.flatMap(({ rules }, i) => {
      const [us, them] = [ours, theirs].map(({ kept }) => kept.get(jobName(i)) as ReadonlySet<string>);
      const onlyOurs = [...us].filter((each) => !them.has(each));
      const onlyTheirs = [...them].filter((each) => !us.has(each));
      return onlyOurs.length + onlyTheirs.length === 0 ? [] : [{ rules: rules.map(yamlRule), onlyOurs, onlyTheirs }];
    });
    expect(differing).toEqual([]);
    expect(ours.dropped).toBe(theirs.dropped);
    // A table in which nearly all is dropped or made equal would prove little.
    const kept = [...ours.kept.values()].reduce((sum, { size }) => sum + size, 0);
    expect(kept).toBeGreaterThan(JOBS * TARGETS_PER_JOB * 0.5);
    expect(ours.dropped).toBeGreaterThan(200);
  });

  it('refuses the rules that Prometheus refuses, for the same reason', () => {
    const rules = fc.sample(anyRule, { numRuns: 400, seed: SEED });
    const theirs = refusedByPrometheus(rules);
    const differing = rules.flatMap((config, i) => {
      const [us, them] = [refusedByUs(config), theirs[i]];
      return us === them ? [] : [{ rule: yamlRule(config), us, them }];
    });
    expect(differing).toEqual([]);
    expect(theirs.filter((each) => each === undefined).length).toBeGreaterThan(30);
    expect(new Set(theirs.map((each) => each?.replace(/"[^"]*"/, '""'))).size).toBeGreaterThan(15);
  });
});

/** Any field with any action. */
const anyRule: fc.Arbitrary<RelabelConfig> = fc
  .record(
    {
      action: some([...RELABEL_ACTIONS, 'rename']),
      sourceLabels: fc.array(some(['a', 'b']), { maxLength: 2 }),
      separator: some([';', '-']),
      regex: some(['(.*)', 'x', '(x', 'x)', 'a**', '(?=a)', '\\1', 'x{1001}', '[b-a]', '(?P<n>']),
      replacement: some(['$1', 'x', 'a-$1', '${1}_x']),
      targetLabel: some(['', 'a', 'a-b', '1a', 'x_${1}', '${1', 'é']),
      modulus: some([0, 8]),
    },
    { requiredKeys: ['action'] },
  )
  .map((given) => ({ ...DEFAULT_RELABEL_CONFIG, ...given }))
  // 2.42 still takes a template there and uses it as a name; newer versions refuse it, and so do we.
  .filter(({ action, targetLabel }) => !/case|equal/.test(action) || !targetLabel.includes('${1}'));

function refusedByUs(config: RelabelConfig): string | undefined {
  try {
    compileRelabelRules([config]);
    return undefined;
  } catch (error) {
    if (error instanceof RelabelConfigError) return error.message;
    throw error;
  }
}

function refusedByPrometheus(rules: readonly RelabelConfig[]): (string | undefined)[] {
  const folder = tempFolder('promtool');
  try {
    const files = rules.map((config, i) => {
      const file = join(folder.path, `${i}.yml`);
      writeFileSync(file, JSON.stringify({ scrape_configs: [{ job_name: 'x', relabel_configs: [yamlRule(config)] }] }));
      return file;
    });
    const { path, env } = peer('promtool') as Peer;
    const { stderr } = spawnSync(path, ['check', 'config', ...files], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    const refused = new Map<string, string>();
    for (const [, file, message] of stderr.matchAll(/FAILED: parsing YAML file (\S+): (.*)/g))
      refused.set(file, message);
    return files.map((file) => inOurWords(refused.get(file)));
  } finally {
    folder.remove();
  }
}

/** Differences of wording: we quote a pattern without the anchors around it, and names as Alloy does. */
function inOurWords(message: string | undefined): string | undefined {
  return message?.replace('`target_label`', "'target_label'").replaceAll(/`\^\(\?:(.*)\)\$`/g, '`$1`');
}
