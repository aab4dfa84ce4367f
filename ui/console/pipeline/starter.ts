/** What the first version of a pipeline begins with: everything that arrives, to one place. */
export const STARTER = `spillway.receive "default" {
  metrics = [prometheus.remote_write.main.receiver]
  logs    = [loki.write.main.receiver]
}

prometheus.remote_write "main" {
  endpoint {
    url = "https://mimir.example.com/api/v1/push"

    basic_auth {
      username = "tenant"
      password = secret("mimir")
    }
  }
}

loki.write "main" {
  endpoint {
    url = "https://loki.example.com/loki/api/v1/push"
  }
}
`;
