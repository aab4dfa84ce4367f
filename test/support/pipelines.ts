/** Tenants' pipelines that tests use. */

const writersTo = (url: string) => `
prometheus.remote_write "store" {
  endpoint {
    url = "${url}/api/v1/write"
  }
}

loki.write "store" {
  endpoint {
    url = "${url}/loki/api/v1/push"
  }
}

otelcol.exporter.otlphttp "store" {
  client {
    endpoint = "${url}"
  }
}

pyroscope.write "store" {
  endpoint {
    url = "${url}"
  }
}
`;

/** Everything to one address, changed by nothing. */
export function forwardPipeline(url: string): string {
  return `
spillway.receive "default" {
  metrics  = [prometheus.remote_write.store.receiver]
  logs     = [loki.write.store.receiver]
  traces   = [otelcol.exporter.otlphttp.store.input]
  profiles = [pyroscope.write.store.receiver]
}
${writersTo(url)}`;
}

/** Adds `site`, drops one family; logs get a static label. */
export function siteTaggingPipeline(url: string): string {
  return `
spillway.receive "default" {
  metrics  = [prometheus.relabel.site.receiver]
  logs     = [loki.process.site.receiver]
  traces   = [otelcol.exporter.otlphttp.store.input]
  profiles = [pyroscope.write.store.receiver]
}

prometheus.relabel "site" {
  forward_to = [prometheus.remote_write.store.receiver]

  rule {
    source_labels = ["__name__"]
    regex         = "node_scrape_collector_.*"
    action        = "drop"
  }

  rule {
    target_label = "site"
    replacement  = "home"
  }
}

loki.process "site" {
  forward_to = [loki.write.store.receiver]

  stage.static_labels {
    values = { site = "home" }
  }
}
${writersTo(url)}`;
}
