import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connection, UsageError } from './connection.ts';

let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'connection-'));
  writeFileSync(join(state, 'admin.json'), JSON.stringify({ gateway: 'http://127.0.0.1:8787', adminToken: 'local' }));
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('the connection of admin commands', () => {
  it('is the local gateway and its token when nothing is given', () => {
    expect(connection({ state }, {})).toMatchObject({ gateway: 'http://127.0.0.1:8787', adminToken: 'local' });
    expect(connection({ state, gateway: 'http://127.0.0.1:8787/' }, {}).adminToken).toBe('local');
  });

  it('never sends the local token to another gateway', () => {
    expect(() => connection({ state }, { SPILLWAY_GATEWAY: 'https://gateway.example' })).toThrow(
      'no admin token for https://gateway.example',
    );
    expect(() => connection({ state, gateway: 'http://127.0.0.1:1' }, {})).toThrow('no admin token');
  });

  it('says where a wrong one is from, and what was meant most likely', () => {
    const refused = (options: object, env = {}) => {
      try {
        connection({ state, adminToken: 'x', ...options }, env);
        return 'nothing';
      } catch (error) {
        if (error instanceof UsageError) return error.message;
        throw error;
      }
    };
    expect(refused({ gateway: 'localhost:8787' })).toBe(
      '--gateway: "localhost:8787" is not a URL that begins with https:// or http://; did you mean http://localhost:8787?',
    );
    expect(refused({}, { SPILLWAY_GATEWAY: 'gateway.example' })).toMatch(
      /^SPILLWAY_GATEWAY: .* did you mean https:\/\/gateway\.example\?$/,
    );
    expect(refused({ gateway: 'ftp://a' })).toMatch(/http:\/\/$/);
    expect(refused({ gateway: 'https://me:hush@a' })).toMatch(/user name or password/);
    expect(refused({ gateway: 'https://me:hush@a' })).not.toContain('hush');
    for (const adminToken of ['a\nb', 'tökén', ' ']) {
      expect(refused({ adminToken })).toBe(
        'the admin token is empty or holds a space, a line break or the like (from --admin-token)',
      );
    }
  });

  it('takes an empty variable for none', () => {
    const env = { SPILLWAY_GATEWAY: '', SPILLWAY_ADMIN_TOKEN: '' };
    expect(connection({ state }, env)).toMatchObject({ gateway: 'http://127.0.0.1:8787', adminToken: 'local' });
  });

  it('takes flags before the environment', () => {
    const env = { SPILLWAY_GATEWAY: 'http://a', SPILLWAY_ADMIN_TOKEN: 'env' };
    expect(connection({ state, gateway: 'http://b', adminToken: 'flag' }, env)).toEqual({
      gatewayFrom: '--gateway',
      tokenFrom: '--admin-token',
      gateway: 'http://b',
      adminToken: 'flag',
    });
  });
});
