/** Every stage of `loki.process`, by the name of its block. */
import { eachChecked } from '../../alloy/component.ts';
import type { BodySchema } from '../../alloy/schema.ts';
import { blockPath } from '../unsupported.ts';
import { cri } from './cri.ts';
import { decolorize } from './decolorize.ts';
import { docker } from './docker.ts';
import { drop } from './drop.ts';
import { json } from './json.ts';
import { labelDrop, labelKeep, structuredMetadataDrop } from './label-lists.ts';
import { labels } from './labels.ts';
import { limit } from './limit.ts';
import { logfmt } from './logfmt.ts';
import { luhn } from './luhn.ts';
import { match } from './match.ts';
import { multiline } from './multiline.ts';
import { output } from './output.ts';
import { pack } from './pack.ts';
import { pattern } from './pattern.ts';
import { regex } from './regex.ts';
import { replace } from './replace.ts';
import { sampling } from './sampling.ts';
import { splitJson } from './split-json.ts';
import type { AnyStageDefinition, NestedStage, Stage, StageContext } from './stage.ts';
import { observedStage } from './stage.ts';
import { staticLabels } from './static-labels.ts';
import { structuredMetadata } from './structured-metadata.ts';
import { template } from './template.ts';
import { tenant } from './tenant.ts';
import { timestamp } from './timestamp.ts';
import { truncate } from './truncate.ts';
import { unsupportedStages } from './unsupported-stages.ts';

let byName: ReadonlyMap<string, AnyStageDefinition> | undefined;

/** Made on first use, because `stage.match` holds stages itself. */
export function stageDefinitions(): ReadonlyMap<string, AnyStageDefinition> {
  byName ??= new Map(
    [
      cri,
      decolorize,
      docker,
      drop,
      json,
      labelDrop,
      labelKeep,
      labels,
      limit,
      logfmt,
      luhn,
      match,
      multiline,
      output,
      pack,
      pattern,
      regex,
      replace,
      sampling,
      splitJson,
      staticLabels,
      structuredMetadata,
      structuredMetadataDrop,
      template,
      tenant,
      timestamp,
      truncate,
      ...unsupportedStages,
    ].map((definition: AnyStageDefinition) => [definition.name, definition] as const),
  );
  return byName;
}

export function stageSchemas(): Readonly<Record<string, BodySchema>> {
  return Object.fromEntries([...stageDefinitions().values()].map(({ name, schema }) => [name, schema]));
}

/** Throws ArgumentErrors that point at the stages. */
export function compileStages(
  stages: readonly NestedStage[],
  path: string,
  shared: Pick<StageContext, 'componentId' | 'regexLimits' | 'tickets' | 'observer'>,
): readonly Stage[] {
  const seen = new Map<string, number>();
  return eachChecked(stages, ({ name, args }) => {
    const index = seen.get(name) ?? 0;
    seen.set(name, index + 1);
    const definition = stageDefinitions().get(name);
    if (definition === undefined) throw new Error(`no stage ${name}`);
    const context: StageContext = {
      ...shared,
      path: blockPath(path, name, index),
      compile: (nested, nestedPath) => compileStages(nested, nestedPath, shared),
    };
    const stage = definition.create(args, context);
    return shared.observer === undefined ? stage : observedStage(stage, context.path, shared.observer);
  });
}
