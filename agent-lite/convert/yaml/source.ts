/** A YAML document with the lines of its nodes, and the mistakes found while it is read. Never evaluates tags. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';

export interface Mistake {
  readonly line: number;
  readonly message: string;
  /** A field that nobody knows, in a place that could be read apart from that. */
  readonly unknownField: boolean;
}

const MAX_ALIASES = 10_000;

export class YamlSource {
  readonly mistakes: Mistake[] = [];
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #targets = new Map<Alias, Node>();
  #aliasesFollowed = 0;

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { pos, message } of this.#document.errors) {
      // The parser recurses, and says so in its own way when it goes too deep.
      this.#mistake(pos[0], message.includes('call stack') ? 'nested too deeply' : message);
    }
    this.#findTargets();
  }

  /** An alias inside what it stands for would never end. */
  #findTargets(): void {
    const anchors = new Map<string, Node>();
    visit(this.#document, (_, node, path) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined || path.includes(target))
          this.refuse(node, `*${node.source} stands inside what it refers to`);
        else this.#targets.set(node, target);
      } else if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    });
  }

  get root(): Node | null {
    return this.#document.contents;
  }

  refuse(node: unknown, message: string): void {
    this.#mistake(startOf(node), message);
  }

  refuseField(key: unknown, message: string): void {
    this.#mistake(startOf(key), message, true);
  }

  lineOf(node: Node): number {
    return this.#lines.linePos(startOf(node)).line;
  }

  /** Reads a part whose mistakes are its own and not those of the whole. */
  apart<T>(read: () => T): { read: T; mistakes: readonly Mistake[] } {
    const before = this.mistakes.length;
    const value = read();
    return { read: value, mistakes: this.mistakes.splice(before) };
  }

  #mistake(offset: number, message: string, unknownField = false): void {
    this.mistakes.push({ line: this.#lines.linePos(offset).line, message, unknownField });
  }

  /** The node that an alias stands for; undefined for null and for nothing. */
  resolve(node: unknown): Node | undefined {
    let resolved = node as Node | null | undefined;
    if (isAlias(resolved)) resolved = this.#follow(resolved);
    if (resolved === null || resolved === undefined) return undefined;
    return isScalar(resolved) && resolved.value === null ? undefined : resolved;
  }

  /** A few lines of aliases of aliases can stand for millions of nodes. */
  #follow(alias: Alias): Node | undefined {
    if (this.#aliasesFollowed++ === MAX_ALIASES) this.refuse(alias, `more than ${MAX_ALIASES} aliases`);
    return this.#aliasesFollowed > MAX_ALIASES ? undefined : this.#targets.get(alias);
  }

  /** As JavaScript's own values. */
  toPlain(node: unknown): unknown {
    const resolved = this.resolve(node);
    if (isSeq(resolved)) return resolved.items.map((item) => this.toPlain(item));
    if (isMap(resolved)) return new Map(this.fields(resolved).map(({ name, value }) => [name, this.toPlain(value)]));
    return isScalar(resolved) ? resolved.value : null;
  }

  /** Fields of a mapping, those merged in by `<<` included, each name once. */
  fields(map: YAMLMap): { name: string; key: unknown; value: unknown }[] {
    const found = new Map<string, { name: string; key: unknown; value: unknown }>();
    this.#collect(map, found, 0);
    return [...found.values()];
  }

  #collect(map: YAMLMap, found: Map<string, { name: string; key: unknown; value: unknown }>, depth: number): void {
    const merged: unknown[] = [];
    for (const { key, value } of map.items as Pair[]) {
      const name = isScalar(key) ? String(key.source ?? key.value) : '';
      if (name === '<<') merged.push(value);
      else if (!found.has(name)) found.set(name, { name, key, value });
    }
    for (const value of merged) this.#merge(value, found, depth);
  }

  #merge(value: unknown, found: Map<string, { name: string; key: unknown; value: unknown }>, depth: number): void {
    const target = this.resolve(value);
    const sources =
      target !== undefined && 'items' in target && !isMap(target) ? (target.items as unknown[]) : [target];
    for (const each of sources) {
      const map = this.resolve(each);
      // A merge that leads back to itself ends here.
      if (isMap(map) && depth < 10) this.#collect(map, found, depth + 1);
      else this.refuse(value, 'a merge key needs a mapping');
    }
  }
}

function startOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}
