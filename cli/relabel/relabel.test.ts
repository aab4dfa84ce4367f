import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { type RelabelOptions, relabel } from './command.ts';

const MAIN = join(import.meta.dirname, '../main.ts');

const folder = tempFolder('relabel');
afterAll(() => folder.remove());

function file(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

function explain(config: string, series: readonly string[], more: Partial<RelabelOptions> = {}) {
  return relabel(series, { config, component: [], color: 'never', explain: true, ...more });
}

const yaml = file(
  'rules.yml',
  `relabel_configs:
  - source_labels: [job, instance]
    regex: (.+);(.+):\\d+
    target_label: host
    replacement: $2
  - action: drop
    source_labels: [job]
    regex: tmp_.*
`,
);

const alloy = file(
  'config.alloy',
  `prometheus.scrape "node" {
  targets    = []
  forward_to = [prometheus.relabel.node.receiver]
}

prometheus.relabel "node" {
  forward_to = [prometheus.remote_write.a.receiver, prometheus.remote_write.b.receiver]

  rule {
    source_labels = ["job"]
    target_label  = "\${1}"
  }
}

prometheus.remote_write "a" {
  external_labels = { cluster = "eu" }

  endpoint {
    url = "http://a.test/api/v1/push"
  }
}

prometheus.remote_write "b" {
  endpoint {
    url = "http://b.test/api/v1/push"

    write_relabel_config {
      source_labels = ["job"]
      regex         = "node"
      action        = "keep"
    }
  }
}
`,
);

describe('spillway relabel', () => {
  it('shows what each rule read, whether it matched, and what it changed', () => {
    const { code, text } = explain(yaml, ['up{job="node", instance="a:9100"}']);
    expect(text).toBe(`up{instance="a:9100", job="node"}
  rules.yml
    rule[0] replace  "node;a:9100" matches "(.+);(.+):\\\\d+"
      + host = "a"
    rule[1] drop  "node" does not match "tmp_.*"  no change
  = up{host="a", instance="a:9100", job="node"}
`);
    expect(code).toBe(0);
  });

  it('names the rule that drops a series, and ends with 1', () => {
    const { code, text } = explain(yaml, ['up{job="tmp_1"}', 'up{job="x"}'], { explain: false });
    expect(text).toContain('x dropped by rule[1] of rules.yml');
    expect(text).toContain('= up{job="x"}');
    expect(code).toBe(1);
  });

  it('follows every way through an Alloy file, with the lines of the rules', () => {
    const { code, text } = explain(alloy, ['up{job="a-b"}']);
    const [toA = '', toB = ''] = text.split('\n\n');
    expect(toA).toContain('rule[0] replace  "a-b" matches "(.*)"  no change  config.alloy:9');
    expect(toA).toContain('! "a-b" is not a label name, so nothing is set');
    expect(toA).toContain('= up{job="a-b"}');
    expect(toB).toContain(
      'x dropped by endpoint[0].write_relabel_config[0] of prometheus.remote_write.b (config.alloy:27)',
    );
    // One destination gets it.
    expect(code).toBe(0);
  });

  it('applies the rules of chosen components in turn', () => {
    const component = ['prometheus.remote_write.b'];
    expect(explain(alloy, ['up{job="node"}'], { component }).text).toContain('= up{job="node"}');
    expect(() => explain(alloy, ['up'], { component: ['prometheus.relabel.x'] })).toThrow(
      'has no rules of prometheus.relabel.x; there are prometheus.relabel.node, prometheus.remote_write.b',
    );
  });

  it('takes labels without a name for a log stream, which goes its own ways', () => {
    const both = file(
      'both.alloy',
      `spillway.receive "in" {
  metrics = [prometheus.relabel.m.receiver]
  logs    = [loki.relabel.l.receiver]
}

prometheus.relabel "m" {
  forward_to = []

  rule {
    target_label = "kind"
    replacement  = "series"
  }
}

loki.relabel "l" {
  forward_to = []

  rule {
    target_label = "kind"
    replacement  = "stream"
  }
}
`,
    );
    expect(explain(both, ['{app="shop"}'], { explain: false }).text).toBe(
      '{app="shop"}\n  = {app="shop", kind="stream"}\n    loki.relabel.l\n',
    );
    expect(explain(both, ['up{app="shop"}'], { explain: false }).text).toContain('= up{app="shop", kind="series"}');
    expect(() => explain(alloy, ['{app="shop"}'])).toThrow(
      '{app="shop"} has no metric name, so it is a log stream, and config.alloy has no relabel rules for log streams',
    );
    expect(explain(alloy, ['{a="b"}'], { component: ['prometheus.relabel.node'] }).code).toBe(0);
    const logs = file(
      'logs.alloy',
      'loki.source.file "f" {\n  targets = []\n  forward_to = [loki.relabel.l.receiver]\n}\n\nloki.relabel "l" {\n  forward_to = []\n\n  rule {\n    target_label = "kind"\n    replacement = "stream"\n  }\n}\n',
    );
    expect(() => explain(logs, ['up'])).toThrow('up is a series, and logs.alloy has no relabel rules for series');
  });

  it('prints JSON with the labels before and after each rule', () => {
    const { text } = explain(yaml, ['up{job="node"} 1', '{job="tmp_x"}'], { json: true });
    const [first, second] = JSON.parse(text) as [Record<string, unknown>, Record<string, unknown>];
    expect([first.series, first.kept, first.labels]).toEqual(['up{job="node"}', true, { __name__: 'up', job: 'node' }]);
    expect([second.series, second.kept, second.droppedBy]).toEqual(['{job="tmp_x"}', false, 1]);
    expect(second.steps).toMatchObject([
      { path: 'rule[0]', matched: false, before: { job: 'tmp_x' }, after: { job: 'tmp_x' }, kept: true },
      { path: 'rule[1]', source: 'tmp_x', matched: true, kept: false },
    ]);
  });

  it.each([
    ['- source_label: [a]\n', 'line 1: field source_label not found in [0], did you mean source_labels?'],
    ['- regex: (x\n  target_label: b\n', 'line 1: [0].regex: error parsing regexp: missing closing ): `(x`'],
    ['- action: keepequal\n', "line 1: [0]: relabel configuration for keepequal action requires 'target_label' value"],
    ['scrape_configs: []\n', 'line 1: field scrape_configs not found in the configuration'],
    ['x', 'line 1: the configuration: expected a mapping'],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => explain(file('bad.yml', text), ['up'])).toThrow(message);
  });

  it('refuses an Alloy file with a mistake, with its lines', () => {
    const bad = file(
      'bad.alloy',
      'prometheus.relabel "x" {\n  forward_to = []\n\n  rule {\n    action = "rename"\n  }\n}\n',
    );
    expect(() => explain(bad, ['up'])).toThrow(/bad.alloy:\d+:\d+: unknown relabel action "rename"/);
  });

  it('reads series from stdin and ends with 2 for what it cannot read', () => {
    const run = (input: string) =>
      spawnSync(process.execPath, [MAIN, 'relabel', '--config', yaml], { input, encoding: 'utf8' });
    const kept = run('# a comment\n\nup{job="node"} 1\n');
    expect([kept.status, kept.stdout]).toEqual([0, 'up{job="node"}\n  = up{job="node"}\n    rules.yml\n']);
    const refused = run('up{job=\n');
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(/^error: labels \{job=/)]);
  });
});
