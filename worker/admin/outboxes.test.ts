import { env } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { tenantHub } from '../hub/client.ts';
import { admin, createTenant, METRICS_DESTINATION } from '../testing/gateway.ts';

it('of very many outboxes those with data and those of the pipeline are shown, before ones that were used long ago', async () => {
  const { name } = await createTenant();
  const note = (destination: string, active: boolean) =>
    tenantHub(env as never, name).noteBacklog({ v: 1, tenant: name, destination, signal: 'metrics', active });
  for (let i = 0; i < 100; i++) await note(`loki.write.old${String(i).padStart(3, '0')}`, false);
  await note(METRICS_DESTINATION, false);
  await note('prometheus.remote_write.renamed', true);
  const { json } = await admin('GET', `tenants/${name}/outboxes`);
  const shown = (json.outboxes as { destination: string }[]).map(({ destination }) => destination);
  expect(shown).toEqual(expect.arrayContaining([METRICS_DESTINATION, 'prometheus.remote_write.renamed']));
  // A hundred that were used, and those of the pipeline that never were.
  expect(shown.filter((id) => id.startsWith('loki.write.old'))).toHaveLength(98);
  expect(shown).toEqual([...shown].sort());
});
