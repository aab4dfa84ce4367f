/** For tests: arguments as an empty block decodes, and a reading of exposition text. */
import type { Field } from '../../../core/alloy/schema.ts';
import { metadataName, parseExposition, seriesLabels } from '../../../core/wire/exposition/exposition.ts';
import { systemClock } from '../../runtime/clock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { type UnixArguments, unixSchema } from './arguments.ts';

export function unixArguments(overrides: Partial<UnixArguments> = {}): UnixArguments {
  const fields: [string, Field][] = Object.entries(unixSchema);
  const defaults = fields.map(([name, field]) => [name, field.field === 'attribute' ? field.default : undefined]);
  return { ...(Object.fromEntries(defaults) as UnixArguments), ...overrides };
}

export const quietContext = {
  clock: systemClock,
  logger: createLogger({ level: 'error', format: 'logfmt' }, () => {}, Date.now),
};

export interface ReadFamily {
  help: string;
  type: string;
  /** `{a="b"}` as written -> value. */
  readonly samples: Map<string, number>;
}

/** By family name, with the parser the agent's own scrape uses. */
export function readFamilies(bytes: Uint8Array): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily>();
  const at = (name: string) => {
    const family = families.get(name) ?? { help: '', type: '', samples: new Map() };
    families.set(name, family);
    return family;
  };
  const text = (start: number, end: number) => new TextDecoder().decode(bytes.subarray(start, end));
  parseExposition(bytes, 'text', {
    help: (nameStart, nameEnd, start, end) =>
      void (at(metadataName(bytes, nameStart, nameEnd)).help = text(start, end)),
    type: (nameStart, nameEnd, type) => void (at(metadataName(bytes, nameStart, nameEnd)).type = type),
    sample(start, end, value) {
      const name = seriesLabels(bytes, start, end).find((label) => label.name === '__name__')!.value;
      at(name).samples.set(text(start + name.length, end), value);
    },
  });
  return families;
}
