/** The part of collector.cpu that reads /proc/cpuinfo: what the CPUs are, and their flags and bugs where asked for. */
import { Family, type MetricText } from '../metric-text.ts';
import { fields, type HostFiles } from './host-files.ts';
import { matcher, type NameFilter } from './name-filter.ts';

const INFO = new Family('node_cpu_info', 'CPU information from /proc/cpuinfo.', 'gauge', [
  'package',
  'core',
  'cpu',
  'vendor',
  'family',
  'model',
  'model_name',
  'microcode',
  'stepping',
  'cachesize',
]);
const FLAG = new Family(
  'node_cpu_flag_info',
  'The `flags` field of CPU information from /proc/cpuinfo taken from the first core.',
  'gauge',
  ['flag'],
);
const BUG = new Family(
  'node_cpu_bug_info',
  'The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.',
  'gauge',
  ['bug'],
);

type Cpu = ReadonlyMap<string, string>;

export class CpuInfo {
  readonly #files: HostFiles;
  readonly #flags: NameFilter | undefined;
  readonly #bugs: NameFilter | undefined;

  constructor(files: HostFiles, flagsInclude: string | undefined, bugsInclude: string | undefined) {
    this.#files = files;
    this.#flags = flagsInclude ? matcher(flagsInclude, 'cpu.flags_include') : undefined;
    this.#bugs = bugsInclude ? matcher(bugsInclude, 'cpu.bugs_include') : undefined;
  }

  collect(out: MetricText): void {
    const cpus = parseCpuInfo(this.#files.text(this.#files.proc('cpuinfo')));
    for (const cpu of cpus) {
      const at = (key: string) => cpu.get(key) ?? '';
      const labels = ['physical id', 'core id', 'processor', 'vendor_id', 'cpu family', 'model', 'model name'].map(at);
      out.sample(INFO, 1, ...labels, at('microcode'), at('stepping'), at('cache size'));
    }
    const [first] = cpus;
    if (first === undefined) return;
    // ARM calls its flags features.
    const flags = fields(first.get('flags') ?? first.get('Features') ?? '');
    if (this.#flags !== undefined) for (const flag of flags.filter(this.#flags)) out.sample(FLAG, 1, flag);
    if (this.#bugs !== undefined)
      for (const bug of fields(first.get('bugs') ?? '').filter(this.#bugs)) out.sample(BUG, 1, bug);
  }
}

/** Blocks of `key : value` lines, one block a CPU. */
export function parseCpuInfo(text: string): Cpu[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => {
      const cpu = new Map<string, string>();
      for (const line of block.split('\n')) {
        const colon = line.indexOf(':');
        if (colon > 0) cpu.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
      }
      return cpu;
    })
    .filter((cpu) => cpu.has('processor'));
}
