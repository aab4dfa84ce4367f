import { describe, expect, it } from 'vitest';
import { accessOf, type Principal, unfit } from './access.ts';
import { AdminApi } from './admin/client.ts';

const principal = (kind: Principal['kind'], role: Principal['role']): Principal => ({
  kind,
  name: 'somebody',
  role,
  expiresAtMs: null,
});
const rights = (who: Principal) => {
  const { mayChange, maySetLimits, seesGateway } = accessOf('token', who, new AdminApi('token'));
  return { mayChange, maySetLimits, seesGateway };
};

describe('what one may do in the console', () => {
  it('is everything for root and operators with the role admin', () => {
    expect(rights(principal('root', 'admin'))).toEqual({ mayChange: true, maySetLimits: true, seesGateway: true });
    expect(rights(principal('operator', 'admin'))).toEqual({ mayChange: true, maySetLimits: true, seesGateway: true });
  });

  it('is looking for a viewer, and one tenant for a token of a tenant', () => {
    expect(rights(principal('operator', 'viewer'))).toEqual({
      mayChange: false,
      maySetLimits: false,
      seesGateway: true,
    });
    expect(rights(principal('tenant', 'admin'))).toEqual({ mayChange: true, maySetLimits: false, seesGateway: false });
    expect(rights(principal('tenant', 'viewer'))).toEqual({
      mayChange: false,
      maySetLimits: false,
      seesGateway: false,
    });
  });

  it('is nothing for the role metrics, which hears why', () => {
    expect(unfit(principal('operator', 'metrics'))).toContain('/admin/v1/metrics');
    expect(unfit(principal('operator', 'viewer'))).toBeUndefined();
  });
});
