/** A rule that looks at a label which nothing on the way sets: it keeps nothing, drops nothing or copies nothing. */
import type { Expression } from '../../alloy/ast.ts';
import { type Flow, presenceIn } from '../flow.ts';
import { literalPrefix, type RuleBlock } from '../relabel-rules.ts';
import type { LintRule, Report } from '../rule.ts';
import { type RulePlace, rulePlaces } from '../rule-places.ts';
import { attribute, unwrapped } from '../syntax.ts';

export const labelNeverExists: LintRule = {
  name: 'label_never_exists',
  check(input, report) {
    if (!input.wired) return;
    for (const place of rulePlaces(input)) {
      if (place.flows.length === 0) continue;
      checkSources(place, report);
      if (place.rule.action === 'labelmap') checkLabelmap(place, report);
    }
  },
};

function checkSources(place: RulePlace, report: Report): void {
  const { rule, flows } = place;
  const labels = rule.sourceLabels ?? [];
  for (const [i, label] of labels.entries()) {
    const presence = presenceIn(flows, label);
    if (presence === 'never') {
      report(sourceSpan(rule, i), neverMessage(rule, label), { hint: neverHint(label, place) });
    } else if (presence === 'exposed' && keepsOnlyWithValue(rule) && isTargetLabel(label, flows)) {
      const source = flows[0]?.source ?? '';
      report(sourceSpan(rule, i), `nothing sets the label ${quote(label)} on what ${source} finds${effect(rule)}`, {
        hint: `copy it from a __meta_ label with discovery.relabel before the scrape, which drops labels that begin with "__"`,
      });
    }
  }
}

function checkLabelmap(place: RulePlace, report: Report): void {
  const { rule, flows } = place;
  const prefix = literalPrefix(rule.pattern ?? '');
  if (!/^__meta_[a-z0-9]+_/.test(prefix) || presenceIn(flows, `${prefix}x`) !== 'never') return;
  const span = attribute(rule.block, 'regex')?.value.span ?? rule.block.span;
  report(span, `no label here begins with ${quote(prefix)}, so the rule maps nothing`, {
    hint: neverHint(prefix, place),
  });
}

function neverMessage(rule: RuleBlock, label: string): string {
  return `the label ${quote(label)} never exists here${effect(rule)}`;
}

function effect(rule: RuleBlock): string {
  const alone = rule.sourceLabels?.length === 1;
  if (!alone || rule.regex === undefined) return '';
  const matches = rule.regex.test('');
  if (rule.action === 'keep') return matches ? ', so the rule keeps everything' : ', so the rule drops everything';
  if (rule.action === 'drop') return matches ? ', so the rule drops everything' : ', so the rule drops nothing';
  if (rule.action === 'replace' && !matches) return ', so the rule changes nothing';
  return '';
}

function neverHint(label: string, { flows, arriving, node }: RulePlace): string {
  if (presenceIn(arriving, label) !== 'never') return `an earlier rule of ${node.id} takes the label away`;
  const sources = [...new Set(flows.map((flow) => flow.source))].slice(0, 3).join(', ');
  if (!label.startsWith('__')) return `${sources} does not set it; set it with a rule before this one`;
  if (flows.every((flow) => flow.presence('__address__') === 'never')) {
    return 'labels that begin with "__" end at the source; copy the value to another label there, before this component';
  }
  return `${sources} has no such label; look at the labels that it sets`;
}

/** A value is needed to pass: `keep` whose expression does not match the empty text. */
function keepsOnlyWithValue(rule: RuleBlock): boolean {
  const separators = (rule.separator ?? '').repeat(Math.max(0, (rule.sourceLabels?.length ?? 1) - 1));
  return rule.action === 'keep' && rule.regex?.test(separators) === false;
}

/**
 * Applications label their own series too, so a label that no target has may still come from them. Those that
 * exporters commonly set are not spoken of; nor is anything where targets were relabelled in ways that stay unknown.
 */
function isTargetLabel(label: string, flows: readonly Flow[]): boolean {
  return !EXPOSED.has(label) && flows.every((flow) => flow.many && !flow.openIdentity && DISCOVERY.test(flow.source));
}

const DISCOVERY = /^discovery\.(kubernetes|kubelet|docker|dockerswarm|consul|ec2|gce|azure|nomad)\./;

const EXPOSED: ReadonlySet<string> = new Set(
  `__name__ action address alertname alertstate api area branch bucket cache call channel client cluster code collector
  command condition configmap container container_name controller cpu created_by_kind created_by_name cronjob
  daemonset database datname db deployment destination device direction domain endpoint error event exporter_name
  family field file filename fstype group grpc_code grpc_method grpc_service handler host hostname id image index
  ingress interface ip job_name job kind le level listener method mode model mountpoint name namespace network
  node nodename operation outcome owner_kind owner_name partition path persistentvolumeclaim phase pod pod_name pool
  port priority process protocol proto quantile queue reason remote_name replicaset resource result role route
  schema server service severity shard source stage state statefulset status status_code storageclass table target
  task tenant thread topic type uid unit uri url user uid verb version volume worker workload zone`.split(/\s+/),
);

function sourceSpan(rule: RuleBlock, index: number) {
  const found = attribute(rule.block, 'source_labels')?.value;
  const list: Expression | undefined = found === undefined ? undefined : unwrapped(found);
  const element = list?.kind === 'array' ? list.elements[index] : undefined;
  return (element ?? list)?.span ?? rule.block.span;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
