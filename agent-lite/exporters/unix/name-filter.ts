/** Which devices or fields a collector shows. The user's regular expressions are RE2, found anywhere, as in node_exporter. */
import { ArgumentError } from '../../../core/alloy/component.ts';
import { compileRegex, type Regex, RegexError } from '../../../core/regex/re2.ts';

/** The same names come at every scrape, so each is matched once. Bounded, because names may be made up all day. */
const MAX_NAMES_KEPT = 1_000;

export type NameFilter = (name: string) => boolean;

/** True for names that match the pattern. `path` names the argument in the error for a bad pattern. */
export function matcher(pattern: string, path: string): NameFilter {
  let regex: Regex;
  try {
    regex = compileRegex(pattern, { anchored: false });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new ArgumentError(path, error.message);
  }
  const known = new Map<string, boolean>();
  return (name) => {
    let matches = known.get(name);
    if (matches === undefined) {
      matches = regex.test(name);
      if (known.size >= MAX_NAMES_KEPT) known.clear();
      known.set(name, matches);
    }
    return matches;
  };
}

/** True for names to show: not excluded, and included where an include pattern is set. Empty patterns do nothing. */
export function deviceFilter(exclude: string | undefined, include: string | undefined, block: string): NameFilter {
  const excluded = exclude ? matcher(exclude, `${block}.device_exclude`) : undefined;
  const included = include ? matcher(include, `${block}.device_include`) : undefined;
  return (name) => !(excluded?.(name) ?? false) && (included?.(name) ?? true);
}
