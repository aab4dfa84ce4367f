/** The two configurations of a first start, as text that people read and edit. */
import { quoteLabelValue as quote } from '../../core/labels/labels.ts';
import type { FoundLogs } from './log-files.ts';

export interface PipelineInput {
  /** Remote write URL, e.g. of a Prometheus. */
  readonly metricsUrl: string;
  /** What takes the metrics, as a component label: `prometheus`, `victoria_metrics`, `receiver`. */
  readonly metricsLabel: string;
  readonly receiverUrl: string;
  readonly applyCommand: string;
}

export function pipelineText(input: PipelineInput): string {
  return `// The pipeline of the tenant "home": what the gateway does with the data that arrives with the tenant's tokens.
// Edit it and apply it to the running gateway with
//   ${input.applyCommand}

spillway.receive "agents" {
	metrics  = [prometheus.relabel.site.receiver]
	logs     = [loki.process.site.receiver]
	traces   = [otelcol.exporter.otlphttp.receiver.input]
	profiles = [pyroscope.write.receiver.receiver]
}

prometheus.relabel "site" {
	forward_to = [prometheus.remote_write.${input.metricsLabel}.receiver]

	// Every series tells where it comes from.
	rule {
		target_label = "site"
		replacement  = "home"
	}

	// What a host sends to itself is noise to most people.
	rule {
		source_labels = ["__name__", "device"]
		regex         = "node_network_.+;lo"
		action        = "drop"
	}
}

prometheus.remote_write ${quote(input.metricsLabel)} {
	endpoint {
		url = ${quote(input.metricsUrl)}
	}
}

loki.process "site" {
	forward_to = [loki.write.receiver.receiver]

	stage.static_labels {
		values = {
			site = "home",
		}
	}

	// Blank lines say nothing.
	stage.drop {
		expression          = "^\\\\s*$"
		drop_counter_reason = "blank"
	}
}

loki.write "receiver" {
	endpoint {
		url = ${quote(`${input.receiverUrl}/loki/api/v1/push`)}
	}
}

otelcol.exporter.otlphttp "receiver" {
	client {
		endpoint = ${quote(input.receiverUrl)}
	}
}

pyroscope.write "receiver" {
	endpoint {
		url = ${quote(input.receiverUrl)}
	}
}
`;
}

export interface AgentConfigInput {
  readonly gatewayUrl: string;
  readonly token: string;
  readonly logs: FoundLogs;
  /** What `npm start` writes about itself: something happens there on the quietest host. */
  readonly ownLog: string;
  readonly otlpEndpoint: string;
}

export function agentConfigText(input: AgentConfigInput): string {
  return `// The agent on this host. It holds a token: keep it to yourself. Edit it and make the agent read it again with
//   kill -HUP <pid of the agent>

// The agent's page shows what flows through each component.
livedebugging {
	enabled = true
}

prometheus.exporter.unix "host" { }

prometheus.exporter.self "agent" { }

prometheus.scrape "host" {
	targets         = array.concat(prometheus.exporter.unix.host.targets, prometheus.exporter.self.agent.targets)
	forward_to      = [spillway.write.gateway.metrics_receiver]
	scrape_interval = "5s"
	scrape_timeout  = "4s"
}
${logSource('host', input.logs.fromStart, 'host-logs', false)}${logSource('large', input.logs.fromEnd, 'host-logs', true)}${logSource('start', [input.ownLog], 'npm-start', false)}
otelcol.receiver.otlp "apps" {
	http {
		endpoint = ${quote(input.otlpEndpoint)}
	}

	output {
		traces = [spillway.write.gateway.traces_input]
	}
}

spillway.write "gateway" {
	url   = ${quote(input.gatewayUrl)}
	token = ${quote(input.token)}
}
`;
}

function logSource(label: string, paths: readonly string[], job: string, fromEnd: boolean): string {
  if (paths.length === 0) return '';
  const targets = paths.map((path) => `\t\t{__path__ = ${quote(path)}, job = ${quote(job)}},\n`).join('');
  const position = fromEnd ? '\ttail_from_end = true\n' : '';
  const column = fromEnd ? '      ' : '   ';
  return `
local.file_match "${label}" {
	path_targets = [
${targets}	]
}

loki.source.file "${label}" {
	targets${column} = local.file_match.${label}.targets
	forward_to${column.slice(3)} = [spillway.write.gateway.logs_receiver]
${position}}
`;
}
