/** The agent of the fault tests: it scrapes, follows a file and takes spans, all in a hurry, and sends to one address. */
export interface FaultedAgent {
  readonly destinationUrl: string;
  readonly exporterPort: number;
  readonly logFile: string;
  readonly otlpPort: number;
  /** Of `loki.write`: `max_backoff_period = "100ms"`, … */
  readonly lokiBackoff: string;
}

export function faultedAgentConfig(agent: FaultedAgent): string {
  return `
prometheus.scrape "app" {
  targets         = [{ "__address__" = "127.0.0.1:${agent.exporterPort}" }]
  forward_to      = [prometheus.remote_write.store.receiver]
  scrape_interval = "100ms"
  scrape_timeout  = "100ms"
}

prometheus.remote_write "store" {
  endpoint {
    url = "${agent.destinationUrl}/api/v1/write"
    queue_config {
      batch_send_deadline = "50ms"
      max_backoff         = "100ms"
    }
  }
}

loki.source.file "app" {
  targets    = [{ "__path__" = "${agent.logFile}", "job" = "app" }]
  forward_to = [loki.write.store.receiver]
}

loki.write "store" {
  endpoint {
    url        = "${agent.destinationUrl}/loki/api/v1/push"
    batch_wait = "50ms"
    ${agent.lokiBackoff}
  }
}

otelcol.receiver.otlp "in" {
  http { endpoint = "127.0.0.1:${agent.otlpPort}" }
  output { traces = [otelcol.exporter.otlphttp.store.input] }
}

otelcol.exporter.otlphttp "store" {
  client { endpoint = "${agent.destinationUrl}" }
  retry_on_failure {
    initial_interval = "30ms"
    max_interval     = "100ms"
  }
}
`;
}
