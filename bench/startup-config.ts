/** Configurations for the table `startup`: 200 components as a large host has them, and a text of 64 kB. */

/** Ten groups of twenty: scrapes, relabelling, files, stages and writers, all connected. Nothing of it is ever reached. */
export function largeConfig(folder: string, groups = 10): string {
  return Array.from({ length: groups }, (_, group) => groupConfig(group, folder)).join('\n');
}

export const COMPONENTS_A_GROUP = 20;

function groupConfig(group: number, folder: string): string {
  const scrapes = Array.from({ length: 5 }, (_, i) => scrapeConfig(`g${group}_${i}`, group));
  const files = Array.from({ length: 4 }, (_, i) => fileConfig(`g${group}_${i}`, group, folder));
  return [...scrapes, ...files, writers(group)].join('\n');
}

function scrapeConfig(name: string, group: number): string {
  return `
prometheus.scrape "${name}" {
  targets         = [{__address__ = "127.0.0.1:9", job = "${name}", env = "prod"}]
  forward_to      = [prometheus.relabel.${name}.receiver]
  scrape_interval = "60s"
}

prometheus.relabel "${name}" {
  forward_to = [prometheus.remote_write.g${group}.receiver]

  rule {
    source_labels = ["__name__", "job"]
    regex         = "go_.*;.*"
    action        = "drop"
  }

  rule {
    target_label = "group"
    replacement  = string.format("group-%d", ${group})
  }
}`;
}

function fileConfig(name: string, group: number, folder: string): string {
  return `
loki.source.file "${name}" {
  targets    = [{__path__ = "${folder}/${name}.log", job = "${name}"}]
  forward_to = [loki.process.${name}.receiver]
}

loki.process "${name}" {
  forward_to = [loki.write.g${group}.receiver]

  stage.json {
    expressions = { level = "", user = "request.user" }
  }

  stage.labels {
    values = { level = "" }
  }

  stage.drop {
    source = "level"
    value  = "debug"
  }
}`;
}

function writers(group: number): string {
  return `
prometheus.remote_write "g${group}" {
  endpoint {
    url = "http://127.0.0.1:9/api/v1/push"
  }
}

loki.write "g${group}" {
  endpoint {
    url = "http://127.0.0.1:9/loki/api/v1/push"
  }
}`;
}

/** The same scrapes and rules for a Prometheus-like agent: 50 jobs with a rule set each. */
export function largeScrapeConfig(jobs = 50): string {
  const job = (i: number) => `
  - job_name: job_${i}
    scrape_interval: 60s
    static_configs: [{ targets: ['127.0.0.1:9'], labels: { env: prod } }]
    metric_relabel_configs:
      - { source_labels: [__name__, job], regex: 'go_.*;.*', action: drop }
      - { target_label: group, replacement: group-${i % 10} }`;
  return `scrape_configs:${Array.from({ length: jobs }, (_, i) => job(i)).join('')}\n`;
}

/** Whole groups up to a size, so that the text stays a configuration. */
export function configOfBytes(bytes: number, one: (index: number) => string): string {
  let text = '';
  for (let i = 0; text.length < bytes; i++) text += one(i);
  return text;
}
