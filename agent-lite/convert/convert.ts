/** From the configuration of another agent to Alloy text, with what there is to say about it. Touches no files. */
import { type Block, blockId } from './alloy/block.ts';
import { omitDefaults, type Schemas } from './alloy/defaults.ts';
import { renderBlocks } from './alloy/render.ts';
import type { Conversion, Environment } from './conversion.ts';
import { type ConversionDiagnostic, ConversionDiagnostics } from './diagnostics.ts';
import { convertPrometheus } from './prometheus/convert.ts';
import { convertPromtail } from './promtail/convert.ts';
import { convertStatic } from './static/convert.ts';

export const SOURCE_FORMATS = ['prometheus', 'promtail', 'static'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

export interface ConvertOptions {
  readonly schemas: Schemas;
  readonly environment: Environment;
  /** Flags that the other agent was started with. */
  readonly extraArgs?: readonly string[];
}

export interface Converted {
  /** '' where nothing was to convert, or a critical mistake stands in the way. */
  readonly text: string;
  readonly diagnostics: readonly ConversionDiagnostic[];
}

export function convert(text: string, format: SourceFormat, options: ConvertOptions): Converted {
  const { blocks, diagnostics } = convertFormat(text, format, options);
  checkLabels(blocks, diagnostics);
  return { text: renderBlocks(omitDefaults(blocks, options.schemas)), diagnostics: diagnostics.all };
}

function convertFormat(
  text: string,
  format: SourceFormat,
  { environment, extraArgs = [] }: ConvertOptions,
): Conversion {
  if (format === 'static') return convertStatic(text, environment, extraArgs);
  if (extraArgs.length > 0) {
    const diagnostics = new ConversionDiagnostics();
    const given = extraArgs.join(' ');
    diagnostics.add('Critical', `extra arguments are not supported for the ${format} converter: [${given}]`);
    return { blocks: [], diagnostics };
  }
  return format === 'prometheus' ? convertPrometheus(text, environment) : convertPromtail(text);
}

function checkLabels(blocks: readonly Block[], diagnostics: ConversionDiagnostics): void {
  const seen = new Set<string>();
  for (const id of blocks.map(blockId)) {
    if (seen.has(id)) {
      const reason =
        'this is due to how valid Alloy labels are assembled and can be avoided by updating named properties in the source config.';
      diagnostics.add('Critical', `duplicate label after conversion ${JSON.stringify(id)}. ${reason}`);
    }
    seen.add(id);
  }
}
