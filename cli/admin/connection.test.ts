import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connection } from './connection.ts';

let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'connection-'));
  writeFileSync(join(state, 'admin.json'), JSON.stringify({ gateway: 'http://127.0.0.1:8787', adminToken: 'local' }));
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('the connection of admin commands', () => {
  it('is the local gateway and its token when nothing is given', () => {
    expect(connection({ state }, {})).toEqual({ gateway: 'http://127.0.0.1:8787', adminToken: 'local' });
    expect(connection({ state, gateway: 'http://127.0.0.1:8787/' }, {}).adminToken).toBe('local');
  });

  it('never sends the local token to another gateway', () => {
    expect(() => connection({ state }, { SPILLWAY_GATEWAY: 'https://gateway.example' })).toThrow(
      'no admin token for https://gateway.example',
    );
    expect(() => connection({ state, gateway: 'http://127.0.0.1:1' }, {})).toThrow('no admin token');
  });

  it('takes flags before the environment', () => {
    const env = { SPILLWAY_GATEWAY: 'http://a', SPILLWAY_ADMIN_TOKEN: 'env' };
    expect(connection({ state, gateway: 'http://b', adminToken: 'flag' }, env)).toEqual({
      gateway: 'http://b',
      adminToken: 'flag',
    });
  });
});
