/** The part of collector.cpu that reads how often cores and packages were slowed down because they were hot. */
import { Family, type MetricText } from '../metric-text.ts';
import type { HostFiles } from './host-files.ts';

const CORE = new Family(
  'node_cpu_core_throttles_total',
  'Number of times this CPU core has been throttled.',
  'counter',
  ['package', 'core'],
);
const PACKAGE = new Family(
  'node_cpu_package_throttles_total',
  'Number of times this CPU package has been throttled.',
  'counter',
  ['package'],
);

interface CountFile {
  readonly path: string;
  readonly labels: readonly string[];
}

export class ThermalThrottles {
  readonly #files: HostFiles;
  /** Which files exist is looked up again only when CPUs come or go; virtual machines have none at all. */
  #cpuCount = -1;
  #packages: CountFile[] = [];
  #cores: CountFile[] = [];

  constructor(files: HostFiles) {
    this.#files = files;
  }

  collect(out: MetricText, cpuCount: number): void {
    if (cpuCount !== this.#cpuCount) this.#find(cpuCount);
    for (const file of this.#packages) this.#write(out, PACKAGE, file);
    for (const file of this.#cores) this.#write(out, CORE, file);
  }

  #write(out: MetricText, family: Family, file: CountFile): void {
    const count = this.#files.attribute(file.path);
    if (count !== undefined && /^\d+$/.test(count)) out.sample(family, Number(count), ...file.labels);
  }

  /** Hyper-threads of one core share its counter, so the first CPU of each core and of each package is read. */
  #find(cpuCount: number): void {
    this.#cpuCount = cpuCount;
    const packages = new Map<string, CountFile>();
    const cores = new Map<string, CountFile>();
    const folder = this.#files.sys('devices/system/cpu');
    for (const name of this.#files.list(folder)) {
      if (!/^cpu\d/.test(name)) continue;
      const packageId = this.#files.attribute(`${folder}/${name}/topology/physical_package_id`);
      const coreId = this.#files.attribute(`${folder}/${name}/topology/core_id`);
      if (packageId === undefined || coreId === undefined) continue;
      const counts = `${folder}/${name}/thermal_throttle`;
      this.#keep(cores, `${packageId} ${coreId}`, {
        path: `${counts}/core_throttle_count`,
        labels: [packageId, coreId],
      });
      this.#keep(packages, packageId, { path: `${counts}/package_throttle_count`, labels: [packageId] });
    }
    this.#packages = [...packages.values()];
    this.#cores = [...cores.values()];
  }

  #keep(into: Map<string, CountFile>, key: string, file: CountFile): void {
    if (!into.has(key) && this.#files.attribute(file.path) !== undefined) into.set(key, file);
  }
}
