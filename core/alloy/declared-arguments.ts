/** The arguments that a declare takes, as a schema, so that an instance's body is decoded like any other block. */
import { evaluate } from './evaluator.ts';
import type { Context, ModulePlan } from './plan.ts';
import { type BodySchema, optional, required, t } from './schema.ts';

export function argumentsSchema<C extends Context>(plan: ModulePlan<C>): BodySchema {
  const schema: Record<string, BodySchema[string]> = {};
  for (const { kind, block } of plan.nodes) {
    if (kind !== 'argument') continue;
    const attribute = block.body.find((each) => each.kind === 'attribute' && each.name.name === 'optional');
    schema[block.label] = isTrue(attribute) ? optional(t.any) : required(t.any);
  }
  return schema;
}

function isTrue(attribute: ModulePlan<Context>['nodes'][number]['block']['body'][number] | undefined): boolean {
  if (attribute?.kind !== 'attribute') return false;
  const evaluated = evaluate(attribute.value, { lookup: () => undefined });
  return evaluated.ok && evaluated.value === true;
}
