import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentProgram } from '../../support/agent.ts';
import { TestGateway } from '../../support/gateway.ts';
import { freePort } from '../../support/ports.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { Answer } from './support/receiver.ts';
import { Receiver } from './support/receiver.ts';
import { always, first, firstSampleTaken, type SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const LARGE = `Bad: ${'x'.repeat(1024 * 1024)}`;
const closedPort = { agent: await freePort(), gateway: await freePort() };

/** The answer is no success: the sample is sent again and taken, and none is given up. */
function survived(name: string, answers: readonly Answer[], more: Partial<SenderCase> = {}): SenderCase {
  return {
    name,
    script: first(...answers),
    until: firstSampleTaken,
    check: async (sent) => expect(await sent.rejected()).toBe(0),
    ...more,
  };
}

/** Nobody listens at first; the data waits and arrives when somebody does. */
function refusedConnection(kind: 'agent' | 'gateway'): SenderCase {
  return {
    name: 'handle_connection_refused',
    only: kind,
    url: `http://127.0.0.1:${closedPort[kind]}/late`,
    until: async (sent) => (await sent.waiting()) > 0 && /refused/.test(await sent.trouble()),
    check: async () => {
      const receiver = await Receiver.start(closedPort[kind]);
      try {
        receiver.open('late');
        await waitUntil('what waited has come', () => receiver.requests('late').length > 0, { everyMs: 20 });
      } finally {
        await receiver.stop();
      }
    },
  };
}

senderSuite({
  TestErrorHandling: [
    refusedConnection('agent'),
    refusedConnection('gateway'),
    survived('handle_timeout', [{ hang: true }], { endpoint: 'remote_timeout = "300ms"' }),
    survived('handle_partial_write', [{ raw: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npartial' }]),
    survived('handle_malformed_response', [{ raw: 'Not valid response headers\r\n\r\n' }]),
    survived('sender_continues_after_errors', [{ status: 500, body: 'Internal server error' }, { status: 500 }]),
    survived('handle_invalid_status_code', [{ raw: 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n' }]),
    // A receiver of 1.0 that says nothing but 200.
    survived('handle_empty_response', [{ status: 200, written: 'none' }], { version: 1 }),
    {
      name: 'handle_large_error_response',
      script: first({ status: 400, body: LARGE }),
      until: async (sent) => (await sent.rejected()) > 0 && (sent.kind === 'gateway' || sent.requests.length >= 3),
      check: async (sent) => {
        const trouble = await sent.trouble();
        expect(trouble).toContain('Bad: xxx');
        expect(trouble.length).toBeLessThan(10_000);
      },
    },
  ],
  TestNetworkErrors: [
    {
      name: 'dns_resolution_failure',
      url: 'http://nonexistent.invalid:9999/api/v1/write',
      script: always({}),
      until: async (sent) => (await sent.waiting()) > 0 && /dns_failure|host name/i.test(await sent.trouble()),
      check: async (sent) => expect(await sent.rejected()).toBe(0),
    },
  ],
});

// A mistake of the configuration, which is refused before there is anything to send.
const INVALID = `
prometheus.remote_write "store" {
  endpoint {
    url = "invalid://localhost:9999"
  }
}
`;

describe('agent', () => {
  describe('TestNetworkErrors', () => {
    it('invalid_url_scheme', async () => {
      const folder = tempFolder('agent');
      const config = join(folder.path, 'config.alloy');
      writeFileSync(config, INVALID);
      const [program, ...own] = agentProgram();
      const { status, stderr, stdout } = spawnSync(program, [...own, 'run', config], { encoding: 'utf8' });
      folder.remove();
      expect(status).toBe(1);
      expect(stderr + stdout).toContain('invalid:');
    });
  });
});

describe('gateway', () => {
  describe('TestNetworkErrors', () => {
    it('invalid_url_scheme', async () => {
      const gateway = await TestGateway.start();
      try {
        await gateway.admin('POST', '/tenants', { name: 'team' });
        const answer = await gateway.admin('PUT', '/tenants/team/pipeline', INVALID);
        expect(answer.status).toBe(422);
        expect(await answer.text()).toContain('invalid:');
      } finally {
        await gateway.stop();
      }
    });
  });
});
