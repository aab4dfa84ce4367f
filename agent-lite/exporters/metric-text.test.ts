import { describe, expect, it } from 'vitest';
import { Family, MetricText } from './metric-text.ts';

const read = (text: MetricText) => new TextDecoder().decode(text.take());

describe('MetricText', () => {
  it('writes each header once and labels sorted and quoted', () => {
    const text = new MetricText();
    const disk = new Family('disk_bytes', 'Line one\nback\\slash', 'counter', ['z', 'a']);
    const up = new Family('up', 'Up.', 'untyped');
    text.sample(disk, 1, 'x', 'say "hi"\n\\');
    text.sample(disk, 2.5, 'y', '');
    text.sample(up, 1);
    expect(read(text)).toBe(
      [
        String.raw`# HELP disk_bytes Line one\nback\\slash`,
        '# TYPE disk_bytes counter',
        String.raw`disk_bytes{a="say \"hi\"\n\\",z="x"} 1`,
        'disk_bytes{a="",z="y"} 2.5',
        '# HELP up Up.',
        '# TYPE up untyped',
        'up 1',
        '',
      ].join('\n'),
    );
  });

  it('starts anew after reset, with a copy of the old text untouched', () => {
    const text = new MetricText();
    const up = new Family('up', 'Up.', 'gauge');
    text.sample(up, 1);
    const first = text.take();
    text.reset();
    text.sample(up, 0);
    expect(new TextDecoder().decode(first)).toContain('up 1\n');
    expect(read(text)).toContain('up 0\n');
  });

  it('refuses samples of a family that do not follow one another, which the format forbids', () => {
    const text = new MetricText();
    const a = new Family('a', '', 'gauge', ['l']);
    text.sample(a, 1, 'x');
    text.sample(new Family('b', '', 'gauge'), 1);
    expect(() => text.sample(a, 1, 'y')).toThrow('samples of a do not follow one another');
  });

  it('refuses a wrong number of label values', () => {
    const family = new Family('a', '', 'gauge', ['l']);
    expect(() => new MetricText().sample(family, 1)).toThrow('a has 1 labels, not 0');
  });

  it('grows with the text', () => {
    const text = new MetricText();
    const family = new Family('a', '', 'gauge', ['l']);
    for (let i = 0; i < 20_000; i++) text.sample(family, i, `label ${i}`);
    const lines = read(text).trimEnd().split('\n');
    expect(lines).toHaveLength(20_002);
    expect(lines.at(-1)).toBe('a{l="label 19999"} 19999');
  });

  it('takes foreign text as it is and ends its last line', () => {
    const text = new MetricText();
    text.raw(new TextEncoder().encode('# TYPE x gauge\nx 1'));
    text.sample(new Family('up', 'Up.', 'gauge'), 1);
    expect(read(text)).toBe('# TYPE x gauge\nx 1\n# HELP up Up.\n# TYPE up gauge\nup 1\n');
  });
});
