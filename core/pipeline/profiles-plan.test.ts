import { describe, expect, it } from 'vitest';
import { encodeProfilesPayloads } from '../delivery/encode-profiles.ts';
import { payloadSplitter } from '../delivery/split.ts';
import { formatLabels, labelsFromRecord } from '../labels/labels.ts';
import { decodePyroscopeIngest } from '../wire/pyroscope/ingest.ts';
import { decodePyroscopePush, encodePyroscopePush, encodeRawSample } from '../wire/pyroscope/push.ts';
import { loadPipeline } from './pipeline.fixture.ts';
import { runProfilesPlan } from './profiles-plan.ts';
import type { ProfileSeries, ProfilesBatch } from './signals.ts';

const FORK = `
spillway.receive "in" { profiles = [pyroscope.relabel.eu.receiver, pyroscope.relabel.us.receiver] }
pyroscope.relabel "eu" {
  forward_to = [pyroscope.write.a.receiver]
  rule {
    source_labels = ["region"]
    regex         = "eu|both"
    action        = "keep"
  }
}
pyroscope.relabel "us" {
  forward_to = [pyroscope.write.b.receiver]
  rule {
    source_labels = ["region"]
    regex         = "us|both"
    action        = "keep"
  }
}
pyroscope.write "a" { endpoint { url = "https://a.example" } }
pyroscope.write "b" { endpoint { url = "https://b.example" } }`;

const pushed = (labels: Record<string, string>, profiles: number): ProfileSeries => ({
  labels: labelsFromRecord({ __name__: 'process_cpu', ...labels }),
  content: {
    kind: 'push',
    samples: Array.from({ length: profiles }, (_, i) => encodeRawSample(new Uint8Array([i]), `${i}`)),
  },
});

function batchOf(...series: ProfileSeries[]): ProfilesBatch {
  return { signal: 'profiles', series };
}

describe('the plan of profiles', () => {
  it('counts a profile as dropped only when no way leads it to a destination', () => {
    const { entry } = loadPipeline(FORK);
    const batch = batchOf(pushed({ region: 'eu' }, 2), pushed({ region: 'both' }, 3), pushed({ region: 'asia' }, 4));
    const { outputs, received, dropped, drops } = runProfilesPlan(entry.profiles, batch);
    expect([received, dropped]).toEqual([9, 4]);
    expect(outputs.map(({ destination, profiles }) => [destination.id, profiles])).toEqual([
      ['pyroscope.write.a', 5],
      ['pyroscope.write.b', 3],
    ]);
    expect(drops.map(({ componentId, profiles }) => [componentId, profiles])).toEqual([
      ['pyroscope.relabel.eu', 4],
      ['pyroscope.relabel.us', 6],
    ]);
  });

  it('counts what is connected to nothing', () => {
    const { entry } = loadPipeline('spillway.receive "in" { }');
    const { dropped, drops } = runProfilesPlan(entry.profiles, batchOf(pushed({}, 2)));
    expect([dropped, drops]).toEqual([2, [{ componentId: '', reason: 'no_receiver', profiles: 2 }]]);
  });

  it('hands the very bytes of a push on where no label changed, and makes new ones where some did', () => {
    const { entry } = loadPipeline(FORK);
    const series = [pushed({ region: 'eu' }, 1)];
    const encoded = encodePyroscopePush(series as never);
    const { outputs } = runProfilesPlan(entry.profiles, { signal: 'profiles', series, encoded });
    expect(encodeProfilesPayloads(outputs[0]!.batch)[0]!.body).toBe(encoded);
    const two = [...series, pushed({ region: 'us' }, 1)];
    const mixed = runProfilesPlan(entry.profiles, { signal: 'profiles', series: two, encoded });
    expect(encodeProfilesPayloads(mixed.outputs[0]!.batch)[0]!.body).toEqual(encoded);
    expect(encodeProfilesPayloads(mixed.outputs[0]!.batch)[0]!.body).not.toBe(encoded);
  });
});

describe('profiles that a destination calls too large', () => {
  const split = payloadSplitter({ compress: async (bytes) => bytes, decompress: async (bytes) => bytes });

  it('are halved by profiles, down to one, and none is lost', async () => {
    const [payload] = encodeProfilesPayloads(batchOf(pushed({ a: '1' }, 2), pushed({ a: '2' }, 3)));
    const halves = await split(payload!);
    expect(halves.map(({ items, path }) => [items, path])).toEqual([
      [2, payload!.path],
      [3, payload!.path],
    ]);
    expect(halves.map(({ body }) => decodePyroscopePush(body).map(({ labels }) => formatLabels(labels)))).toEqual([
      ['{__name__="process_cpu", a="1"}'],
      ['{__name__="process_cpu", a="2"}'],
    ]);
    const single = encodeProfilesPayloads(batchOf(pushed({}, 1)))[0]!;
    expect(await split(single)).toEqual([]);
  });

  it('stay whole where they came to /ingest', async () => {
    const [payload] = encodeProfilesPayloads(batchOf(decodePyroscopeIngest('?name=a', '', new Uint8Array([1]))));
    expect(await split({ ...payload!, items: 5 })).toEqual([]);
  });
});
