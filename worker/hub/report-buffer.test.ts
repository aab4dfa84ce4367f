import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import type { Env } from '../env.ts';
import { admit } from './admit.ts';
import { expireLease } from './lease-cache.ts';
import type { HubReport, LeaseGrant, LeaseRequest } from './messages.ts';
import { isBatchPending, TenantReport } from './report-buffer.ts';

/** Keeps what it was told; `knowsReports` is false for one of an older version. */
class ListeningHub {
  readonly leases: LeaseRequest[] = [];
  readonly reports: HubReport[] = [];
  readonly tenant = `t-${crypto.randomUUID()}`;
  readonly #knowsReports: boolean;

  constructor(knowsReports = true) {
    this.#knowsReports = knowsReports;
  }

  get env(): Env {
    const hub = {
      lease: async (request: LeaseRequest): Promise<LeaseGrant> => {
        this.leases.push(request);
        const grant = { v: 1, validMs: maxLeaseMs, pipelineVersion: 1, backlog: [], duplicate: false, granted: {} };
        return this.#knowsReports && request.report !== undefined ? { ...grant, reported: true } : grant;
      },
      report: async (report: HubReport) => void this.reports.push(report),
    };
    const namespace = { idFromName: (name: string) => name, get: () => hub };
    return { TENANT_HUB: namespace, REPORT_DELAY_MS: '100' } as unknown as Env;
  }

  push(ctx = createExecutionContext()): ExecutionContext {
    const report = new TenantReport(this.env, ctx, this.tenant);
    report.push({ signal: 'metrics', accepted: 1, delivered: 1, queued: 0, rejected: {}, dropped: {} });
    report.completedBatch({ agentId: 'web-1', sequence: '1' });
    return ctx;
  }
}

describe('reports of an isolate', () => {
  it('ride along with the next lease and are no call of their own', async () => {
    const hub = new ListeningHub();
    const ctx = hub.push();
    hub.push(ctx);
    await admit(hub.env, hub.tenant, []);
    expect(hub.leases[0]?.report?.signals.metrics?.accepted).toBe(2);
    await waitOnExecutionContext(ctx);
    expect(hub.reports).toEqual([]);
  });

  it('leave by themselves where no lease comes in time', async () => {
    const hub = new ListeningHub();
    await waitOnExecutionContext(hub.push());
    expect(hub.reports.map(({ signals }) => signals.metrics?.accepted)).toEqual([1]);
    expireLease(hub.tenant);
    await admit(hub.env, hub.tenant, []);
    expect(hub.leases[0]?.report).toBeUndefined();
  });

  it('are told again in a call of their own to a hub of an older version, which overlooks them in a lease', async () => {
    const hub = new ListeningHub(false);
    const ctx = hub.push();
    await admit(hub.env, hub.tenant, []);
    expect(hub.reports.map(({ signals }) => signals.metrics?.accepted)).toEqual([1]);
    await waitOnExecutionContext(ctx);
    expect(hub.reports).toHaveLength(1);
  });

  it('leave no moment in which neither isolate nor hub knows of a completed batch', async () => {
    const hub = new ListeningHub();
    const key = { agentId: 'web-1', sequence: '1' };
    const ctx = hub.push();
    const admitted = admit(hub.env, hub.tenant, []);
    expect(hub.leases).toHaveLength(1);
    expect(isBatchPending(hub.tenant, key)).toBe(true);
    await admitted;
    expect(isBatchPending(hub.tenant, key)).toBe(false);
    await waitOnExecutionContext(ctx);
  });
});
