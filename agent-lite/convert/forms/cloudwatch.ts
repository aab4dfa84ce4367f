/** The CloudWatch integration: jobs that find resources, and jobs that name them. */
import { list, mapOf, mapping, type Read } from '../yaml/form.ts';
import { bool, goDuration, text, textList } from '../yaml/scalars.ts';

const tagsForm = list(mapping({ key: text, value: text }));
const rolesForm = list(mapping({ role_arn: text, external_id: text }));
const metricForm = mapping({
  name: text,
  statistics: textList,
  period: goDuration,
  length: goDuration,
  nil_to_zero: bool,
});

const discoveryJobForm = mapping({
  regions: textList,
  roles: rolesForm,
  custom_tags: tagsForm,
  search_tags: tagsForm,
  type: text,
  dimension_name_requirements: textList,
  metrics: list(metricForm),
  delay: goDuration,
  nil_to_zero: bool,
});

const staticJobForm = mapping({
  regions: textList,
  roles: rolesForm,
  custom_tags: tagsForm,
  name: text,
  namespace: text,
  dimensions: list(mapping({ name: text, value: text })),
  metrics: list(metricForm),
  nil_to_zero: bool,
});

export type CloudwatchMetricForm = Read<typeof metricForm>;
export type DiscoveryJobForm = Read<typeof discoveryJobForm>;
export type StaticJobForm = Read<typeof staticJobForm>;
export type TagsForm = Read<typeof tagsForm>;

export const cloudwatchForm = {
  sts_region: text,
  fips_disabled: bool,
  discovery: mapping({ exported_tags: mapOf(textList), jobs: list(discoveryJobForm) }),
  static: list(staticJobForm),
  decoupled_scraping: mapping({ enabled: bool, scrape_interval: goDuration }),
  aws_sdk_version_v2: bool,
  debug: bool,
};
