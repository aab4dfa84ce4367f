/** Reads a whole configuration by its form. Mistakes make it unreadable: they are one critical diagnostic, with lines. */
import type { ConversionDiagnostics } from '../diagnostics.ts';
import { type Form, readRoot } from './form.ts';
import { YamlSource } from './source.ts';

/** One bracket left open can make a mistake of every line below. */
const MAX_SHOWN = 20;

export function readYaml<T>(
  form: Form<T>,
  text: string,
  format: string,
  diagnostics: ConversionDiagnostics,
): T | undefined {
  try {
    return read(form, text, format, diagnostics);
  } catch (error) {
    // Brackets within brackets by the thousand: the parser of YAML and all that walk its tree recurse.
    if (!(error instanceof RangeError)) throw error;
    diagnostics.add('Critical', `failed to parse ${format} config: yaml: nested too deeply`);
    return undefined;
  }
}

function read<T>(form: Form<T>, text: string, format: string, diagnostics: ConversionDiagnostics): T | undefined {
  const source = new YamlSource(text);
  // A document that does not parse has no fields worth judging.
  const value = source.mistakes.length === 0 ? readRoot(form, source) : undefined;
  if (source.mistakes.length > 0) {
    const mistakes = [...source.mistakes].sort((a, b) => a.line - b.line);
    const lines = mistakes.slice(0, MAX_SHOWN).map(({ line, message }) => `  line ${line}: ${message}`);
    if (mistakes.length > MAX_SHOWN) lines.push(`  and ${mistakes.length - MAX_SHOWN} more`);
    diagnostics.add('Critical', `failed to parse ${format} config: yaml: unmarshal errors:\n${lines.join('\n')}`);
    return undefined;
  }
  return value ?? ({} as T);
}
