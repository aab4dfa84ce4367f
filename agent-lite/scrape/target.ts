/**
 * From a discovered target to what is scraped and what its series are labelled with, as Prometheus does it: defaults are
 * filled in, `__` labels become parts of the URL and are then removed, `instance` falls back to the address.
 */
import { type Labels, LabelsBuilder } from '../../core/labels/labels.ts';

export interface TargetDefaults {
  readonly job: string;
  readonly scheme: string;
  readonly metricsPath: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
}

export interface ScrapeTarget {
  /** What makes a target the same one after an update. */
  readonly key: string;
  readonly scheme: string;
  readonly address: string;
  readonly path: string;
  readonly url: string;
  /** Labels of its series: sorted, without `__` labels. */
  readonly labels: Labels;
}

export class TargetError extends Error {}

export function resolveTarget(discovered: Readonly<Record<string, string>>, defaults: TargetDefaults): ScrapeTarget {
  const builder = new LabelsBuilder(Object.entries(discovered).map(([name, value]) => ({ name, value })));
  const setDefault = (name: string, value: string) => {
    if (builder.get(name) === '') builder.set(name, value);
  };
  setDefault('job', defaults.job);
  setDefault('__scheme__', defaults.scheme);
  setDefault('__metrics_path__', defaults.metricsPath);
  for (const [name, values] of Object.entries(defaults.params)) setDefault(`__param_${name}`, values[0] ?? '');
  const address = builder.get('__address__');
  if (address === '') throw new TargetError('a target has no __address__ label');
  if (/[/\s@?#]/.test(address)) throw new TargetError(`"${address}" is not a valid target address`);
  setDefault('instance', address);

  const scheme = builder.get('__scheme__');
  if (scheme !== 'http' && scheme !== 'https') throw new TargetError(`target ${address}: unknown scheme "${scheme}"`);
  const path = builder.get('__metrics_path__');
  const url = `${scheme}://${address}${path.startsWith('/') ? '' : '/'}${path}${query(builder, path, defaults.params)}`;
  if (!URL.canParse(url)) throw new TargetError(`target ${address}: ${url} is not a valid URL`);
  const labels = builder.labels().filter(({ name }) => !name.startsWith('__'));
  return { key: JSON.stringify([url, labels]), scheme, address, path, url, labels };
}

/** All values of a parameter are sent; the label `__param_<name>` replaces the first. */
function query(builder: LabelsBuilder, path: string, params: TargetDefaults['params']): string {
  const pairs: [string, string][] = [];
  const names = new Set(Object.keys(params));
  for (const name of builder.names()) if (name.startsWith('__param_')) names.add(name.slice('__param_'.length));
  for (const name of [...names].sort()) {
    const [, ...others] = params[name] ?? [];
    const first = builder.get(`__param_${name}`);
    if (first !== '' || others.length > 0) pairs.push([name, first]);
    for (const value of others) pairs.push([name, value]);
  }
  if (pairs.length === 0) return '';
  return `${path.includes('?') ? '&' : '?'}${new URLSearchParams(pairs)}`;
}
