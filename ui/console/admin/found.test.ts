import { expect, it } from 'vitest';
import { shownOf } from './found.ts';

const hosts = Array.from({ length: 150 }, (_, i) => `Host-${i} team=${i % 2 === 0 ? 'shop' : 'lab'}`);
const shown = (wanted: string, all = false) => shownOf(hosts, wanted, all, (host) => host);

it('without a wish the first hundred are shown, and all when that is asked for', () => {
  expect(shown('').items).toHaveLength(100);
  expect(shown('').found).toBe(150);
  expect(shown('', true).items).toHaveLength(150);
});

it('every word counts, in whatever case and order', () => {
  expect(shown(' SHOP  host-14 ').items.map((host) => host.split(' ')[0])).toEqual([
    'Host-14',
    'Host-140',
    'Host-142',
    'Host-144',
    'Host-146',
    'Host-148',
  ]);
  expect(shown('shop lab')).toEqual({ found: 0, items: [] });
});
