import { describe, expect, it } from 'vitest';
import { Exposition } from './exposition.ts';

describe('the text format', () => {
  it('writes each family whole, also when its samples come between those of another', () => {
    const metrics = new Exposition({
      a_total: { type: 'counter', help: 'First.' },
      b: { type: 'gauge', help: 'Second.' },
    });
    metrics.add('b', {}, 1.5);
    metrics.add('a_total', { x: '1' }, 1);
    metrics.add('b', { x: '2', y: '' }, 0);
    metrics.add('a_total', { x: '2' }, 2);
    expect(metrics.render()).toBe(
      '# HELP a_total First.\n# TYPE a_total counter\na_total{x="1"} 1\na_total{x="2"} 2\n' +
        '# HELP b Second.\n# TYPE b gauge\nb 1.5\nb{x="2",y=""} 0\n',
    );
  });

  it('lets no value of a label end its quotes or its line', () => {
    const metrics = new Exposition({ a: { type: 'gauge', help: 'x' } });
    metrics.add('a', { x: 'q"\\\nup 1' }, 1);
    expect(metrics.render().split('\n')[2]).toBe('a{x="q\\"\\\\\\nup 1"} 1');
  });
});
