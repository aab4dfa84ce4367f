import { describe, expect, it } from 'vitest';
import { formatFile } from '../../core/alloy/printer.ts';
import { agentConfigText, pipelineText } from './alloy-files.ts';

const pipeline = pipelineText({
  metricsUrl: 'http://127.0.0.1:9090/api/v1/write',
  metricsLabel: 'prometheus',
  receiverUrl: 'http://127.0.0.1:9009',
  applyCommand: 'npx spillway pipeline set --tenant home pipeline.alloy',
});

function agentConfig(fromStart: string[], fromEnd: string[]): string {
  return agentConfigText({
    gatewayUrl: 'http://127.0.0.1:8787',
    token: 'spw_a_b',
    logs: { fromStart, fromEnd },
    ownLog: '/tmp/start.log',
    otlpEndpoint: '127.0.0.1:4318',
  });
}

describe('the files of a first start', () => {
  it.each([
    ['the pipeline', pipeline],
    ['a config without logs', agentConfig([], [])],
    ['a config with small and large logs', agentConfig(['/var/log/a.log', '/var/log/"b".log'], ['/var/log/syslog'])],
  ])('are written as the formatter writes them: %s', (_what, text) => {
    expect(formatFile(text)).toMatchObject({ text });
  });
});
