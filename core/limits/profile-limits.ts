/** The limits of profiles, checked on their labels and sizes and told in Pyroscope's words; nothing is unpacked for it. */
import { ByteReader } from '../bytes/reader.ts';
import { utf8Length } from '../bytes/utf8.ts';
import { formatLabels, type Labels } from '../labels/labels.ts';
import { type ProfileSeries, profilesIn } from '../wire/pyroscope/profile-series.ts';
import type { LogRejection } from './log-limits.ts';
import { shown } from './messages.ts';
import type { TenantLimits } from './tenant-limits.ts';

export interface LimitedProfiles {
  readonly series: readonly ProfileSeries[];
  readonly rejections: readonly LogRejection[];
}

type Problem = Pick<LogRejection, 'reason' | 'example'>;

export function limitProfiles(series: readonly ProfileSeries[], limits: TenantLimits['profiles']): LimitedProfiles {
  const rejected = new Map<LogRejection['reason'], LogRejection>();
  const taken = series.filter((one) => {
    const problem = labelProblem(one.labels, limits) ?? sizeProblem(one, limits.max_profile_size_bytes);
    if (problem === undefined) return true;
    const known = rejected.get(problem.reason);
    rejected.set(problem.reason, { ...problem, ...known, items: (known?.items ?? 0) + profilesIn(one) });
    return false;
  });
  return { series: rejected.size === 0 ? series : taken, rejections: [...rejected.values()] };
}

function labelProblem(labels: Labels, limits: TenantLimits['profiles']): Problem | undefined {
  const text = () => shown(formatLabels(labels));
  const maxNames = limits.max_label_names_per_series;
  if (maxNames > 0 && labels.length > maxNames) {
    const example = `profile series '${text()}' has ${labels.length} label names; limit ${maxNames}`;
    return { reason: 'max_label_names_per_series', example };
  }
  for (const { name, value } of labels) {
    if (exceeds(name, limits.max_label_name_length)) {
      const example = `profile with labels '${text()}' has label name too long: '${shown(name)}'`;
      return { reason: 'label_name_too_long', example };
    }
    if (exceeds(value, limits.max_label_value_length)) {
      const example = `profile with labels '${text()}' has label value too long: '${shown(value)}'`;
      return { reason: 'label_value_too_long', example };
    }
  }
  return undefined;
}

function exceeds(text: string, maxBytes: number): boolean {
  return maxBytes > 0 && text.length * 3 > maxBytes && utf8Length(text) > maxBytes;
}

/** A series with one profile that is too large is left out as a whole, as Pyroscope refuses it. */
function sizeProblem({ labels, content }: ProfileSeries, maxBytes: number): Problem | undefined {
  if (maxBytes === 0) return undefined;
  const profiles = content.kind === 'push' ? content.samples.map(rawProfile) : [content.body];
  const size = profiles.reduce((largest, profile) => Math.max(largest, unpackedBytes(profile)), 0);
  if (size <= maxBytes) return undefined;
  const example = `the profile with labels '${shown(formatLabels(labels))}' exceeds the size limit (max_profile_size_byte, actual: ${size}, limit: ${maxBytes})`;
  return { reason: 'profile_size_limit', example };
}

/** RawSample.raw_profile = 1 */
function rawProfile(sample: Uint8Array): Uint8Array {
  const reader = new ByteReader(sample);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) return reader.bytes();
    reader.skip(tag & 7);
  }
  return new Uint8Array();
}

/** What the trailer of gzip says. One that lies is the receiver's to find: here it only saves the way to it. */
function unpackedBytes(profile: Uint8Array): number {
  const isGzip = profile.length > 18 && profile[0] === 0x1f && profile[1] === 0x8b;
  if (!isGzip) return profile.length;
  return new DataView(profile.buffer, profile.byteOffset, profile.byteLength).getUint32(profile.length - 4, true);
}
