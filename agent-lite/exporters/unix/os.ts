/** collector.os: what /etc/os-release says of the distribution. */
import { Family } from '../metric-text.ts';
import { type CollectorFactory, NoDataError } from './collector.ts';

const KEYS = [
  'build_id',
  'id',
  'id_like',
  'image_id',
  'image_version',
  'name',
  'pretty_name',
  'variant',
  'variant_id',
  'version',
  'version_codename',
  'version_id',
];
const INFO = new Family(
  'node_os_info',
  "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, variant, variant_id, version, version_codename, version_id.",
  'gauge',
  KEYS,
);
const VERSION = new Family('node_os_version', 'Metric containing the major.minor part of the OS version.', 'gauge', [
  ...['id', 'id_like', 'name'],
]);

export const createOs: CollectorFactory = ({ files }) => ({
  collect(out) {
    const text =
      files.optionalText(files.root('/etc/os-release')) ?? files.optionalText(files.root('/usr/lib/os-release'));
    if (text === undefined) throw new NoDataError('there is no os-release file');
    const release = parseOsRelease(text);
    const at = (key: string) => release.get(key.toUpperCase()) ?? '';
    out.sample(INFO, 1, ...KEYS.map(at));
    const version = Number(/^[0-9]+\.?[0-9]*/.exec(at('version_id'))?.[0] ?? 0);
    if (version > 0) out.sample(VERSION, version, at('id'), at('id_like'), at('name'));
  },
});

/** Shell assignments, os-release(5): quotes around the value, backslashes in it. */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match === null) continue;
    const raw = match[2]!.trim();
    const quoted = /^"(.*)"$/.exec(raw) ?? /^'(.*)'$/.exec(raw);
    const value = quoted === null ? raw : quoted[1]!;
    values.set(match[1]!, raw.startsWith("'") ? value : value.replace(/\\(["$`\\])/g, '$1'));
  }
  return values;
}
