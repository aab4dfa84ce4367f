/** The paths of OTLP over HTTP. In a batch message they tell sections of OTLP from those of other protocols. */
export const OTLP_PATHS = { metrics: '/v1/metrics', logs: '/v1/logs', traces: '/v1/traces' } as const;
