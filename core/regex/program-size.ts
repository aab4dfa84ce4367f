/**
 * About how many instructions a pattern compiles to, from its text alone. 500 characters with a repetition may make 450,000,
 * and the compiler, which takes 200 ms for them, says so only when it is done. Used to refuse what is far beyond a limit:
 * the compiler's own count decides near it. Knows no mistake; the compiler tells those.
 */

const REPETITION = /\{(\d+)(,(\d*))?\}/y;
const GROUP_START = /\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:?))?/y;
/** `\p{Greek}`, `\x{10ffff}`, or a backslash and one character. */
const ESCAPE = /\\(?:[pPx]\{[^}]*\}|.)?/sy;
/** A bracket right behind the first one belongs to the class, and so does what is escaped. */
const CLASS = /\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]?/sy;
const LITERAL_TEXT = /\\Q(.*?)(?:\\E|$)/sy;

export function estimatedProgramSize(pattern: string): number {
  const around: Group[] = [];
  let group = newGroup(0);
  let at = 0;

  const read = (form: RegExp): RegExpExecArray | undefined => {
    form.lastIndex = at;
    const found = form.exec(pattern) ?? undefined;
    if (found !== undefined) at = form.lastIndex;
    return found;
  };

  while (at < pattern.length) {
    const character = pattern[at];
    const repetition = character === '{' ? read(REPETITION) : undefined;
    if (repetition !== undefined) group.atom = repeated(group.atom, repetition);
    else if (character === '\\') {
      const text = read(LITERAL_TEXT)?.[1];
      if (text === undefined) add(group, escapeSize(read(ESCAPE)?.[0]));
      else for (const _ of text) add(group, 1);
    } else if (character === '[') {
      read(CLASS);
      add(group, 1);
    } else if (character === '(') {
      const captures = !/^\(\?[^P<]/.test(read(GROUP_START)?.[0] ?? '');
      around.push(group);
      group = newGroup(captures ? 2 : 0);
    } else if (character === ')') {
      const inner = sizeOf(group);
      group = around.pop() ?? newGroup(0);
      add(group, inner);
      at++;
    } else {
      if (character === '|') endAlternative(group);
      else if (character === '*' || character === '+' || character === '?') group.atom++;
      else add(group, character === '^' || character === '$' ? EMPTY_WIDTH : 1);
      at++;
    }
  }
  return around.reduce((sum, outer) => sum + sizeOf(outer), sizeOf(group));
}

interface Group {
  /** Of the alternatives that have ended, and of what stands around them. */
  ended: number;
  /** Of the alternative at hand, without its last part. */
  size: number;
  /** Its last part: what a repetition would repeat. */
  atom: number;
}

/** More than one character, so that it counts as an alternative. */
const EMPTY_WIDTH = 2;

function newGroup(ended: number): Group {
  return { ended, size: 0, atom: 0 };
}

function add(group: Group, atom: number): void {
  group.size += group.atom;
  group.atom = atom;
}

/** Alternatives of one character become one class with their neighbours. */
function endAlternative(group: Group): void {
  const size = group.size + group.atom;
  group.ended += size === 1 ? 0 : size + 1;
  group.size = 0;
  group.atom = 0;
}

function sizeOf({ ended, size, atom }: Group): number {
  return ended + size + atom;
}

function escapeSize(text = ''): number {
  return /^\\[AbBz]/.test(text) ? EMPTY_WIDTH : 1;
}

/** `a{2,5}` is `aa(a(a(a)?)?)?`. */
function repeated(atom: number, [, from, comma, to]: RegExpExecArray): number {
  const least = Number(from);
  const most = comma === undefined ? least : to === '' || to === undefined ? least + 1 : Number(to);
  return atom * most + Math.max(0, most - least);
}
