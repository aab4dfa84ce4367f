/** What the agent tells of itself on /metrics, under the names Alloy has where they mean the same. */
import { createHash } from 'node:crypto';
import type { Health } from '../../core/alloy/component.ts';
import type { ConfigSource } from '../../core/alloy/controller.ts';
import { VERSION } from '../../core/version.ts';
import { registerBuildInfo, registerProcessMetrics } from '../exporters/process-metrics.ts';
import type { Histogram, Telemetry } from '../telemetry/metrics.ts';
import { registerResourceMetrics } from '../telemetry/resource-metrics.ts';
import type { Clock } from './clock.ts';

const HASH_OWNER = 'alloy_config_hash';
const STATES = ['healthy', 'unhealthy', 'unknown', 'exited'] as const;
const EVALUATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

export class AgentMetrics {
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #evaluations: Histogram;

  constructor(telemetry: Telemetry, clock: Clock, healths: () => readonly Health[]) {
    this.#telemetry = telemetry;
    this.#clock = clock;
    const help = 'Time spent performing component evaluation.';
    this.#evaluations = telemetry.histogram('alloy_component_evaluation_seconds', help, EVALUATION_BUCKETS_SECONDS);
    registerBuildInfo(telemetry);
    registerProcessMetrics(telemetry);
    registerResourceMetrics(telemetry);
    exposeBuild(telemetry);
    for (const state of STATES) {
      const count = () => healths().filter((health) => health.state === state).length;
      const about = 'Total number of running components.';
      telemetry.observe('alloy_component_controller_running_components', about, 'gauge', count, { health_type: state });
    }
  }

  /** Times the evaluation of one node. */
  measured<T>(evaluate: () => T): T {
    const startedAtMs = this.#clock.monotonicMs();
    try {
      return evaluate();
    } finally {
      this.#evaluations.observe((this.#clock.monotonicMs() - startedAtMs) / 1000);
    }
  }

  /** `applied`: the configuration is the one that runs now, be there mistakes in it or not. */
  noteLoad(ok: boolean, applied: boolean, sources: readonly ConfigSource[]): void {
    const telemetry = this.#telemetry;
    telemetry.gauge('alloy_config_last_load_successful', 'Config loaded successfully.').set(ok ? 1 : 0);
    if (applied) this.#exposeHash(sources);
    if (!ok) return;
    const help = 'Timestamp of the last successful configuration load.';
    telemetry.gauge('alloy_config_last_load_success_timestamp_seconds', help).set(this.#clock.nowMs() / 1000);
  }

  #exposeHash(sources: readonly ConfigSource[]): void {
    const hash = createHash('sha256');
    for (const { text } of sources) hash.update(text);
    this.#telemetry.forget(HASH_OWNER);
    const labels = { sha256: hash.digest('hex') };
    this.#telemetry.gauge(HASH_OWNER, 'Hash of the currently active config file.', labels, HASH_OWNER).set(1);
  }
}

function exposeBuild(telemetry: Telemetry): void {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const labels = { version: VERSION, goos: os, goarch: arch, nodeversion: process.version };
  const help = 'A metric with a constant 1 and labels about this build.';
  telemetry.gauge('spillway_agent_build_info', help, labels).set(1);
}
