import { describe, expect, it } from 'vitest';
import { compilePipeline } from './compile.ts';

const TEMPLATES = import.meta.glob<string>('../../deploy/templates/*.alloy', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('templates of pipelines', () => {
  it('are all here', () => {
    const names = Object.keys(TEMPLATES).map((path) => path.split('/').at(-1));
    expect(names.sort()).toEqual(['grafana-cloud.alloy', 'lgtm.alloy', 'prometheus.alloy', 'victoria.alloy']);
  });

  it.each(Object.entries(TEMPLATES))('%s compiles for any tenant, with its secrets and with no warning', (_, text) => {
    const names = [...text.matchAll(/secret\("(\w+)"\)/g)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(0);
    const values = new Map(names.map((name) => [name, `value-of-${name}`]));
    const secrets = { values, unreadable: new Map() };
    const { diagnostics, pipeline, secretsUsed } = compilePipeline('acme', { filename: 'template', text }, secrets);
    expect(diagnostics).toEqual([]);
    expect(secretsUsed).toEqual(new Set(names));
    const destinations = [...(pipeline?.destinations.values() ?? [])];
    expect(destinations.length).toBeGreaterThan(0);
    for (const { url, auth, headers } of destinations) {
      expect(url).toMatch(/^https:/);
      const password = auth.basic?.password.reveal() ?? auth.bearer?.reveal() ?? basicPassword(headers.Authorization);
      expect(password).toContain('value-of-');
    }
  });
});

function basicPassword(authorization = ''): string {
  const [, encoded = ''] = /^Basic (.+)$/.exec(authorization) ?? [];
  const [, user, password] = /^(\w+):(.+)$/.exec(atob(encoded)) ?? [];
  expect(user).toMatch(/^(spillway|\d+)$/);
  return password ?? '';
}
