/** The CloudWatch integration as `prometheus.exporter.cloudwatch`. */
import { attributes, type Block, type Body, block, blocks, type Statement, same } from '../alloy/block.ts';
import { toIdentifier } from '../alloy/identifier.ts';
import type { CloudwatchMetricForm, DiscoveryJobForm, StaticJobForm, TagsForm } from '../forms/cloudwatch.ts';
import type { IntegrationForms } from '../forms/integrations.ts';

export function cloudwatchBody(form: IntegrationForms['cloudwatch_exporter']): Body {
  const { sts_region = '', fips_disabled = false, discovery = {}, decoupled_scraping: decoupled } = form;
  return [
    ...attributes({ sts_region, fips_disabled, discovery_exported_tags: discovery.exported_tags }),
    ...(discovery.jobs ?? []).map((job) => block('discovery', discoveryBody(job))),
    ...(form.static ?? []).map(staticBlock),
    ...(decoupled ? [block('decoupled_scraping', same(decoupled, 'enabled', 'scrape_interval'))] : []),
    ...same(form, 'aws_sdk_version_v2', 'debug'),
  ];
}

function discoveryBody(job: DiscoveryJobForm): Body {
  return [
    ...region(job),
    ...attributes({ custom_tags: tags(job.custom_tags), search_tags: tags(job.search_tags), type: job.type ?? '' }),
    ...same(job, 'dimension_name_requirements'),
    ...metricBlocks(job.metrics),
    ...same(job, 'delay', 'nil_to_zero'),
  ];
}

function staticBlock(job: StaticJobForm): Block {
  const dimensions = new Map((job.dimensions ?? []).map(({ name = '', value = '' }) => [name, value]));
  const body = [
    ...region(job),
    ...attributes({ custom_tags: tags(job.custom_tags), namespace: job.namespace ?? '', dimensions }),
    ...metricBlocks(job.metrics),
    ...same(job, 'nil_to_zero'),
  ];
  return block('static', body, toIdentifier(job.name ?? '') ?? '_');
}

function region(job: Pick<DiscoveryJobForm, 'regions' | 'roles'>): Statement[] {
  const roles = blocks('role', job.roles, (role) => same(role, 'role_arn', 'external_id'));
  return [...attributes({ regions: job.regions ?? [] }), ...roles];
}

function tags(form: TagsForm | undefined): ReadonlyMap<string, string> | undefined {
  return form && new Map(form.map(({ key = '', value = '' }) => [key, value]));
}

function metricBlocks(metrics: readonly CloudwatchMetricForm[] | undefined): Block[] {
  return blocks('metric', metrics, (metric) => same(metric, 'name', 'statistics', 'period', 'length', 'nil_to_zero'));
}
