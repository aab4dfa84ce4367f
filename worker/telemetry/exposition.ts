/** Prometheus' text format 0.0.4. Values of labels may be anybody's words: they are escaped and cannot forge a line. */
export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface FamilyInfo {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}

/** Samples of families that are declared once; each family is written whole, as the format demands. */
export class Exposition<Name extends string> {
  readonly #families: Readonly<Record<Name, FamilyInfo>>;
  readonly #samples = new Map<Name, string[]>();

  constructor(families: Readonly<Record<Name, FamilyInfo>>) {
    this.#families = families;
  }

  add(name: Name, labels: Readonly<Record<string, string>>, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabelValue(text)}"`);
    let samples = this.#samples.get(name);
    if (samples === undefined) this.#samples.set(name, (samples = []));
    samples.push(`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`);
  }

  render(): string {
    const lines: string[] = [];
    for (const [name, { type, help }] of Object.entries<FamilyInfo>(this.#families)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...(this.#samples.get(name as Name) ?? []));
    }
    return `${lines.join('\n')}\n`;
  }
}

function escapeLabelValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
