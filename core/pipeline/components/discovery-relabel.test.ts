import { describe, expect, it } from 'vitest';
import { type AnyComponentDefinition, type ComponentContext, defineComponent } from '../../alloy/component.ts';
import { Controller } from '../../alloy/controller.ts';
import { body, required, t } from '../../alloy/schema.ts';
import { discoveryRelabel } from './discovery-relabel.ts';

type Targets = readonly Readonly<Record<string, string>>[];

/** What a component that takes `targets = discovery.relabel.r.output` gets. */
function outputOf(targets: string, rules: string): Targets {
  let received: Targets = [];
  const sink = defineComponent({
    name: 'test.sink',
    summary: '',
    stability: 'generally-available',
    sides: ['host'],
    schema: body({ targets: required(t.targets) }),
    exports: {},
    create: (_context, args) => {
      received = args.targets;
      return { update: () => {}, exports: () => ({}) };
    },
  });
  const controller = new Controller<ComponentContext>({
    registry: new Map<string, AnyComponentDefinition>([
      ['discovery.relabel', discoveryRelabel],
      ['test.sink', sink],
    ]),
    side: 'host',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged }),
    stdlib: { env: () => '', constants: {} },
  });
  const text = `discovery.relabel "r" {\n targets = ${targets}\n ${rules}\n}\ntest.sink "s" {\n targets = discovery.relabel.r.output\n}\n`;
  const { ok, diagnostics } = controller.load([{ filename: 'c', text }]);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  expect(ok).toBe(true);
  return received;
}

const PODS = `[
  { "__address__" = "10.0.0.1:80", "__meta_kubernetes_pod_label_app" = "shop", "__meta_kubernetes_pod_name" = "shop-1" },
  { "__address__" = "10.0.0.2:80", "__meta_kubernetes_pod_name" = "other-1" },
]`;

describe('discovery.relabel', () => {
  it('hands targets on as they are without rules', () => {
    expect(outputOf('[{ "__address__" = "a:1", "x" = "y" }]', '')).toEqual([{ __address__: 'a:1', x: 'y' }]);
  });

  it('sets labels from meta labels and keeps those for the components behind it', () => {
    const rule = 'rule {\n source_labels = ["__meta_kubernetes_pod_label_app"]\n target_label = "app"\n }';
    expect(outputOf(PODS, rule)[0]).toEqual({
      __address__: '10.0.0.1:80',
      __meta_kubernetes_pod_label_app: 'shop',
      __meta_kubernetes_pod_name: 'shop-1',
      app: 'shop',
    });
  });

  it('removes whole targets by keep and drop', () => {
    const keep = 'rule {\n source_labels = ["__meta_kubernetes_pod_label_app"]\n regex = "shop"\n action = "keep"\n }';
    expect(outputOf(PODS, keep).map(({ __address__ }) => __address__)).toEqual(['10.0.0.1:80']);
    const drop = 'rule {\n source_labels = ["__meta_kubernetes_pod_name"]\n regex = "shop-.*"\n action = "drop"\n }';
    expect(outputOf(PODS, drop).map(({ __address__ }) => __address__)).toEqual(['10.0.0.2:80']);
  });

  it('leaves out a target that has no label left', () => {
    expect(outputOf('[{ "a" = "b" }]', 'rule {\n regex = "a"\n action = "labeldrop"\n }')).toEqual([]);
  });
});
