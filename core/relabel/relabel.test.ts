import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLabels, LabelsBuilder } from '../labels/labels.ts';
import { parseLabelsText } from '../wire/labels-text.ts';
import { compileRelabelRules, RelabelConfigError } from './compile.ts';
import { DEFAULT_RELABEL_CONFIG, type RelabelConfig, validateRelabelConfig } from './config.ts';
import { explainRelabelRules } from './explain.ts';
import { hashmod, md5 } from './md5.ts';
import { applyRelabelRules } from './relabel.ts';

const fields: Record<string, keyof RelabelConfig> = {
  action: 'action',
  source: 'sourceLabels',
  separator: 'separator',
  regex: 'regex',
  replacement: 'replacement',
  target: 'targetLabel',
  modulus: 'modulus',
};

/** `replace source=a,b target=c` with the defaults of Alloy for what is not given; '' stands for an empty text. */
function rule(text: string): RelabelConfig {
  const [action, ...settings] = text.trim().split(/ +/);
  const config: Record<string, unknown> = { ...DEFAULT_RELABEL_CONFIG, action };
  for (const setting of settings) {
    const [, key, given] = /^(\w+)=(.*)$/.exec(setting) as unknown as [string, string, string];
    const value = given === "''" ? '' : given;
    config[fields[key]] = key === 'source' ? value.split(',') : key === 'modulus' ? Number(value) : value;
  }
  return config as unknown as RelabelConfig;
}

function relabel(labels: string, rules: string): string {
  const builder = new LabelsBuilder(parseLabelsText(labels));
  const kept = applyRelabelRules(compileRelabelRules(rules.split(' ; ').map(rule)), builder);
  return kept ? formatLabels(builder.labels()) : 'dropped';
}

/** Lines of `labels => rules => result`. */
function table(text: string): [string, string, string][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +=> +/) as [string, string, string]);
}

describe('relabel rules', () => {
  it.each(
    table(`
    {a="foo"}               => replace source=a target=b                                  => {a="foo", b="foo"}
    {a="foo", b="bar"}      => replace source=a,b target=c                                => {a="foo", b="bar", c="foo;bar"}
    {a="foo", b="bar"}      => replace source=a,b separator=- target=c                    => {a="foo", b="bar", c="foo-bar"}
    {a="foo"}               => replace source=a,missing target=c                          => {a="foo", c="foo;"}
    {a="foo"}               => replace source=a regex=f(.*) target=a replacement=b$1      => {a="boo"}
    {a="foo"}               => replace source=a regex=x(.*) target=a replacement=b$1      => {a="foo"}
    {a="xfoo"}              => replace source=a regex=foo target=a replacement=b          => {a="xfoo"}
    {a="foo"}               => replace target=b replacement=static                        => {a="foo", b="static"}
    {a="foo", b="bar"}      => replace source=a target=b replacement=''                   => {a="foo"}
    {a="foo", b="bar"}      => replace source=missing target=b                            => {a="foo"}
    {a="foo"}               => replace source=a regex='' target=b replacement=x           => {a="foo"}
    {a="foo"}               => replace source=b regex='' target=b replacement=x           => {a="foo", b="x"}
    {a="foo"}               => replace source=a regex=(f).* target=\${1}_new              => {a="foo", f_new="f"}
    {a="foo-bar"}           => replace source=a regex=(.*) target=\${1} replacement=x     => {a="foo-bar"}
    {a="foo"}               => replace source=a regex=(?P<x>.)oo target=b replacement=$x! => {a="foo", b="f!"}
    {a="foo"}               => replace source=a regex=(f)oo target=b replacement=$1x      => {a="foo"}
    {a="foo"}               => replace source=a regex=(f)oo target=b replacement=\${1}x   => {a="foo", b="fx"}
    {a="foo"}               => replace source=a regex=(.*) target=b replacement=$$1       => {a="foo", b="$1"}
    {a="foo"}               => replace source=a target=b ; replace source=b target=c      => {a="foo", b="foo", c="foo"}
    {a="foo"}               => keep source=a regex=fo+                                    => {a="foo"}
    {a="foo"}               => keep source=a regex=fo                                     => dropped
    {a="foo"}               => keep source=missing regex=foo                              => dropped
    {a="foo"}               => drop source=a regex=foo|bar                                => dropped
    {a="food"}              => drop source=a regex=foo|bar                                => {a="food"}
    {a="foo"}               => drop source=a regex=.* ; replace target=b replacement=x    => dropped
    {a="foo", b="foo"}      => keepequal source=a target=b                                => {a="foo", b="foo"}
    {a="foo", b="bar"}      => keepequal source=a target=b                                => dropped
    {a="foo"}               => keepequal source=missing target=missing2                   => {a="foo"}
    {a="foo", b="foo"}      => dropequal source=a target=b                                => dropped
    {a="foo", b="bar"}      => dropequal source=a target=b                                => {a="foo", b="bar"}
    {a="Foo"}               => lowercase source=a target=a                                => {a="foo"}
    {a="Foo"}               => uppercase source=a target=b                                => {a="Foo", b="FOO"}
    {a="straße ΑΣ"}         => uppercase source=a target=a                                => {a="STRAßE ΑΣ"}
    {a="ΑΣ İ"}              => lowercase source=a target=a                                => {a="ασ i"}
    {a="foo"}               => lowercase source=missing target=a                          => {}
    {a="foo"}               => hashmod source=a target=shard modulus=1000                 => {a="foo", shard="696"}
    {c="baz"}               => hashmod source=c target=d modulus=1000                     => {c="baz", d="976"}
    {a="foo\\nbar"}         => hashmod source=a target=b modulus=1000                     => {a="foo\\nbar", b="734"}
    {m_x="1", m_y="2"}      => labelmap regex=m_(.+)                                      => {m_x="1", m_y="2", x="1", y="2"}
    {m_x="1", x="0"}        => labelmap regex=m_(.+)                                      => {m_x="1", x="1"}
    {a="1"}                 => labelmap regex=(.*) replacement=a$1                        => {a="1", aa="1"}
    {m_0x="1"}              => labelmap regex=m_(.+)                                      => {0x="1", m_0x="1"}
    {m_x="1", n_x="2"}      => labelmap regex=._(.+)                                      => {m_x="1", n_x="2", x="2"}
    {z_x="1"}               => replace target=a_x replacement=2 ; labelmap regex=._(.+)   => {a_x="2", x="2", z_x="1"}
    {a_x="1", z_x="2"}      => replace target=a_x replacement=3 ; labelmap regex=._(.+)   => {a_x="3", x="3", z_x="2"}
    {m_x="1"}               => labelmap regex=(m)_(.+) replacement=\${2}_\${1}            => {m_x="1", x_m="1"}
    {a="1", b1="2", b2="3"} => labeldrop regex=b.*                                        => {a="1"}
    {a="1", b1="2", b2="3"} => labelkeep regex=b.*                                        => {b1="2", b2="3"}
    {a="1"}                 => labeldrop regex=.*                                         => {}
    `),
  )('%s by %s: %s', (labels, rules, expected) => {
    expect(relabel(labels, rules)).toBe(expected);
  });

  it('leave the labels as the dropping rule found them', () => {
    const builder = new LabelsBuilder(parseLabelsText('{a="1"}'));
    const rules = compileRelabelRules(['replace target=b replacement=2', 'drop source=b regex=2'].map(rule));
    expect(applyRelabelRules(rules, builder)).toBe(false);
    expect(formatLabels(builder.labels())).toBe('{a="1", b="2"}');
  });
});

describe('rules that feed themselves', () => {
  const apply = (labels: string, rules: string[]) => () =>
    applyRelabelRules(compileRelabelRules(rules.map(rule)), new LabelsBuilder(parseLabelsText(labels)));

  it('are stopped when a value has grown beyond the bound', () => {
    const doubling = Array(40).fill('replace source=a target=a replacement=$1$1');
    expect(apply('{a="x"}', doubling.slice(0, 16))()).toBe(true);
    expect(apply('{a="x"}', doubling)).toThrow('relabelling makes a text of more than 65536 characters');
  });

  it('are stopped when a rule reads one label a hundred thousand times, or writes it', () => {
    const grown = ['replace target=a replacement=y', ...Array(12).fill('replace source=a target=a replacement=$1$1')];
    const read = { ...rule('replace target=b'), sourceLabels: Array(100_000).fill('a') };
    const written = rule(`replace source=a target=b replacement=${'$1'.repeat(100_000)}`);
    const labels = () => new LabelsBuilder();
    expect(() => applyRelabelRules(compileRelabelRules([...grown.map(rule), read]), labels())).toThrow(
      'relabelling makes a text of more than 1048576 characters',
    );
    expect(() => applyRelabelRules(compileRelabelRules([...grown.map(rule), written]), labels())).toThrow(
      'relabelling makes a text of more than 65536 characters',
    );
  });

  it('are stopped when the labels have become too many', () => {
    const doubling = Array.from({ length: 40 }, (_, i) => `labelmap replacement=a${i}_$1`);
    expect(apply('{a="x"}', doubling.slice(0, 12))()).toBe(true);
    expect(apply('{a="x"}', doubling)).toThrow('relabelling makes more than 4096 labels');
  });
});

describe('validateRelabelConfig', () => {
  it.each(
    table(`
    ok => replace target=a => ok
    a target with groups => replace target=x_\${1}_$name => ok
    hashmod => hashmod source=a target=b modulus=8 => ok
    labelmap => labelmap regex=m_(.+) => ok
    labeldrop => labeldrop regex=x => ok
    keepequal => keepequal source=a target=b => ok
    no action => '' => relabel action cannot be empty
    an unknown action => rename target=a => unknown relabel action "rename"
    upper case => Replace target=a => unknown relabel action "Replace"
    no modulus => hashmod source=a target=b => relabel configuration for hashmod requires non-zero modulus
    no target => replace source=a => relabel configuration for replace action requires 'target_label' value
    no target => hashmod modulus=2 => relabel configuration for hashmod action requires 'target_label' value
    no target => lowercase source=a => relabel configuration for lowercase action requires 'target_label' value
    no target => keepequal source=a => relabel configuration for keepequal action requires 'target_label' value
    a bad target => replace target=a-b => "a-b" is invalid 'target_label' for replace action
    a bad target => replace target=\${1 => "\${1" is invalid 'target_label' for replace action
    a digit first => replace target=1a => "1a" is invalid 'target_label' for replace action
    groups elsewhere => uppercase target=$1 => "$1" is invalid 'target_label' for uppercase action
    groups elsewhere => hashmod target=$1 modulus=1 => "$1" is invalid 'target_label' for hashmod action
    a replacement => lowercase target=a replacement=x => 'replacement' can not be set for lowercase action
    a replacement => dropequal target=a replacement=x => 'replacement' can not be set for dropequal action
    a bad replacement => labelmap replacement=a-$1 => "a-$1" is invalid 'replacement' for labelmap action
    more fields => labeldrop regex=a source=b => labeldrop action requires only 'regex', and no other fields
    more fields => labelkeep regex=a target=b => labelkeep action requires only 'regex', and no other fields
    more fields => labelkeep separator=, => labelkeep action requires only 'regex', and no other fields
    a regex => keepequal source=a target=b regex=x => keepequal action requires only 'source_labels' and 'target_label', and no other fields
    a modulus => dropequal source=a target=b modulus=2 => dropequal action requires only 'source_labels' and 'target_label', and no other fields
    `),
  )('%s, %s: %s', (_, text, expected) => {
    const config = text === "''" ? { ...DEFAULT_RELABEL_CONFIG, action: '' } : rule(text);
    expect(validateRelabelConfig(config) ?? 'ok').toBe(expected);
  });

  it('judges a hostile target in linear time', () => {
    const target = `${'$aaaaaaaaaa'.repeat(2000)}!`;
    expect(validateRelabelConfig(rule(`replace target=${target}`))).toMatch(/is invalid 'target_label'/);
  });
});

describe('compileRelabelRules', () => {
  it('names the rule that is wrong', () => {
    const compile =
      (...rules: string[]) =>
      () =>
        compileRelabelRules(rules.map(rule));
    expect(compile('replace target=a', 'drop source=a regex=(x')).toThrow(
      expect.objectContaining({ ruleIndex: 1, message: 'error parsing regexp: missing closing ): `(x`' }),
    );
    expect(compile('replace')).toThrow(RelabelConfigError);
  });
});

describe('hashmod', () => {
  it('uses the MD5 of the platform, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(Buffer.from(md5(text)).toString('hex')).toBe(createHash('md5').update(text).digest('hex'));
      }),
    );
    for (const length of [55, 56, 63, 64, 119, 120, 5000]) {
      const text = 'x'.repeat(length);
      expect(Buffer.from(md5(text)).toString('hex')).toBe(createHash('md5').update(text).digest('hex'));
    }
  });

  it('takes the last eight bytes as one unsigned number', () => {
    const tail = createHash('md5').update('a;b').digest().readBigUInt64BE(8);
    expect(hashmod('a;b', 4_294_967_291)).toBe((tail % 4_294_967_291n).toString());
  });
});

describe('explainRelabelRules', () => {
  it('tells for each rule what it read, whether it matched, and what it changed, up to the drop', () => {
    const rules = [
      'replace source=a target=b',
      'labeldrop regex=a',
      'keepequal source=b target=c',
      'drop source=b regex=1',
    ];
    const kept = explainRelabelRules(compileRelabelRules(rules.slice(0, 2).map(rule)), parseLabelsText('{a="1"}'));
    expect(kept).toEqual({
      kept: true,
      labels: [{ name: 'b', value: '1' }],
      steps: [
        {
          rule: 0,
          action: 'replace',
          source: '1',
          matched: true,
          before: [{ name: 'a', value: '1' }],
          after: [
            { name: 'a', value: '1' },
            { name: 'b', value: '1' },
          ],
          changes: [{ name: 'b', before: '', after: '1' }],
          kept: true,
        },
        {
          rule: 1,
          action: 'labeldrop',
          source: undefined,
          matched: true,
          before: [
            { name: 'a', value: '1' },
            { name: 'b', value: '1' },
          ],
          after: [{ name: 'b', value: '1' }],
          changes: [{ name: 'a', before: '1', after: '' }],
          kept: true,
        },
      ],
    });
    const dropped = explainRelabelRules(compileRelabelRules(rules.map(rule)), parseLabelsText('{a="1"}'));
    expect([dropped.kept, dropped.droppedBy]).toEqual([false, 2]);
    expect(dropped.steps.map((step) => [step.action, step.matched, step.kept])).toEqual([
      ['replace', true, true],
      ['labeldrop', true, true],
      ['keepequal', undefined, false],
    ]);
  });

  it('say why a rule that matched does nothing, and why a series cannot go on', () => {
    const explain = (...rules: string[]) =>
      explainRelabelRules(compileRelabelRules(rules.map(rule)), parseLabelsText('{a="x-y"}'));
    expect(explain('replace source=a target=$1').steps[0].note).toBe('"x-y" is not a label name, so nothing is set');
    const grown = explain(...Array(40).fill('replace source=a target=a replacement=$1$1'));
    expect([grown.kept, grown.steps.at(-1)?.note]).toEqual([
      false,
      'relabelling makes a text of more than 65536 characters',
    ]);
  });
});
