import { describe, expect, it } from 'vitest';
import { configFormat, inAlloy } from './source-format.ts';

const promtail = (job: string) => `
clients: [{ url: http://loki:3100/loki/api/v1/push }]
scrape_configs:
  - job_name: ${job}
    static_configs: [{ targets: [localhost], labels: { job: varlogs, __path__: /var/log/*.log } }]
`;
const source = (text: string) => [{ filename: 'config.yml', text }];

describe('--config.format', () => {
  it('hands Alloy files on as they are', async () => {
    const sources = source('logging { }\n');
    expect(await inAlloy(sources, configFormat('alloy', false, ''))).toEqual({ sources, notes: '' });
  });

  it('converts the configuration of another agent under its own name', async () => {
    const { sources } = await inAlloy(source(promtail('system')), configFormat('promtail', false, ''));
    expect(sources[0]?.filename).toBe('config.yml');
    expect(sources[0]?.text).toContain('loki.source.file "system" {');
    expect(sources[0]?.text).toContain('url = "http://loki:3100/loki/api/v1/push"');
  });

  it('refuses what cannot be converted with all that stands in the way, unless errors are bypassed', async () => {
    const prometheus = 'rule_files: [rules.yml]\nscrape_configs: []\n';
    const strict = inAlloy(source(prometheus), configFormat('prometheus', false, ''));
    await expect(strict).rejects.toThrow(/config.yml cannot be converted from prometheus\n\(Error\).*rule_files/);
    const { notes } = await inAlloy(source(prometheus), configFormat('prometheus', true, ''));
    expect(notes).toMatch(/rule_files/);
  });

  it('converts one file, not a folder', async () => {
    const two = [...source('a: 1'), ...source('b: 2')];
    await expect(inAlloy(two, configFormat('static', false, ''))).rejects.toThrow('cannot convert a directory');
  });
});
