/** The JSON of the agent's HTTP API, which is Alloy's. docs/agent-http.md describes it. */
import type { StatementJson } from '../../core/alloy/alloy-json.ts';

export interface ComponentView {
  readonly name: string;
  readonly type: 'block';
  /** Within its module. */
  readonly localID: string;
  /** '' for the configuration itself. */
  readonly moduleID: string;
  readonly label?: string;
  readonly referencesTo: readonly string[];
  readonly referencedBy: readonly string[];
  readonly dataFlowEdgesTo: readonly string[];
  readonly health: HealthView;
  /** The block as written, without its secrets. */
  readonly original: string;
  readonly createdModuleIDs?: readonly string[];
  readonly liveDebuggingEnabled: boolean;
}

export interface ComponentDetail extends ComponentView {
  readonly arguments: readonly StatementJson[];
  readonly exports: readonly StatementJson[];
  readonly debugInfo: readonly StatementJson[];
}

export interface HealthView {
  readonly state: 'unknown' | 'healthy' | 'unhealthy' | 'exited';
  readonly message: string;
  /** RFC 3339. */
  readonly updatedTime: string;
}

/** One element of a message of the graph stream: items per second from a component to others. */
export interface FlowView {
  readonly componentID: string;
  /** Empty: to all that take this type of data from it. */
  readonly targetComponentIDs: readonly string[];
  readonly type: string;
  readonly rate: number;
}
