import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricsBatch } from '../../core/pipeline/signals.ts';
import { protobufExposition } from '../../core/wire/exposition/client-model.fixture.ts';
import { PROTOBUF_EXPOSITION_CONTENT_TYPE } from '../../core/wire/exposition/protobuf.ts';
import { readSeriesMetadata } from '../../core/wire/remote-write/extensions.ts';
import {
  decodeLabelBlock,
  decodeWriteRequest,
  METRIC_TYPES,
  STALE_NAN_BITS,
  sampleValue,
  walkWriteRequest,
} from '../../core/wire/remote-write/v1.ts';
import { HttpAgents } from '../runtime/http-request.ts';
import { HttpTarget } from '../testing/http-target.ts';
import { ManualClock, settle } from '../testing/manual-clock.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { acceptHeader, SCRAPE_PROTOCOLS } from './fetch.ts';
import { firstDue, nextDue, ScrapeLoop, type ScrapeSettings } from './loop.ts';
import { resolveTarget } from './target.ts';

const defaults: ScrapeSettings = {
  intervalMs: 10_000,
  timeoutMs: 5000,
  extraMetrics: false,
  compression: true,
  bodySizeLimit: 0,
  accept: acceptHeader(SCRAPE_PROTOCOLS),
  fallback: 'text',
  followRedirects: true,
  headers: [],
  userAgent: 'test',
  honorLabels: false,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  sampleLimit: 0,
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
  nativeHistograms: false,
  classicHistograms: false,
};

const REPORT = /^(up|scrape_\w+)\{/;
const REPORT_LINE = /^(up|scrape_\w+): /;
const REPORT_NAME = /^(up|scrape_\w+)$/;
let target: HttpTarget;
let clock: ManualClock;
let stop: AbortController;
let batches: MetricsBatch[];
let running: Promise<void>[];
let metadataIntervalMs: number | undefined;

beforeEach(async () => {
  target = await new HttpTarget().start();
  clock = new ManualClock();
  stop = new AbortController();
  batches = [];
  running = [];
  metadataIntervalMs = undefined;
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await target.stop();
});

function startLoop(
  settings: Partial<ScrapeSettings> = {},
  labels: Record<string, string> = {},
  isBack = () => false,
): ScrapeLoop {
  const discovered = { __address__: target.address, instance: 'host:9100', ...labels };
  const resolved = resolveTarget(discovered, { job: 'node', scheme: 'http', metricsPath: '/metrics', params: {} });
  const loop = new ScrapeLoop(resolved, {
    clock,
    logger: recordingLogger().logger,
    agents: new HttpAgents(),
    settings: () => ({ ...defaults, ...settings }),
    inProcess: () => undefined,
    write: async (batch) => void batches.push(batch),
    metadataIntervalMs: () => metadataIntervalMs,
  });
  running.push(loop.run(stop.signal, isBack));
  return loop;
}

/** Lets one scrape happen with this exposition and returns its series as text with their values. */
async function scrape(
  exposition: string,
  headers: Record<string, string> = { 'content-type': 'text/plain; version=0.0.4' },
) {
  target.answer = () => ({ headers, body: exposition });
  return nextBatch();
}

async function nextBatch(): Promise<Map<string, string>> {
  const before = batches.length;
  await settle(() => clock.sleeping > 0);
  clock.tick();
  await settle(() => batches.length > before && clock.sleeping > 0);
  return describeBatch(batches.at(-1)!);
}

function describeBatch(batch: MetricsBatch): Map<string, string> {
  const found = new Map<string, string>();
  for (const { labels, samples } of decodeWriteRequest(batch.body).series) {
    const name = labels.find((label) => label.name === '__name__')!.value;
    const rest = labels.filter((label) => label.name !== '__name__').map((label) => `${label.name}=${label.value}`);
    for (const sample of samples) {
      const value = sample.valueBits === STALE_NAN_BITS ? 'stale' : String(sampleValue(sample));
      const own = sample.timestampMs === clock.nowMs() ? '' : ` @${sample.timestampMs}`;
      found.set(`${name}{${rest.join(',')}}`, value + own);
    }
  }
  expect(batch.samples).toBe(
    [...decodeWriteRequest(batch.body).series].reduce(
      (sum, { samples, histograms }) => sum + samples.length + histograms.length,
      0,
    ),
  );
  return found;
}

const exposed = (batch: Map<string, string>) =>
  [...batch].filter(([series]) => !REPORT.test(series)).map(([s, v]) => `${s} ${v}`);
const report = (batch: Map<string, string>, name: string) => batch.get(`${name}{instance=host:9100,job=node}`);

describe('a scrape', () => {
  it('labels what it reads with the labels of the target and adds its own series', async () => {
    startLoop();
    const batch = await scrape('# TYPE a counter\na{x="1"} 5\nb 0.5\n');
    expect(exposed(batch)).toEqual(['a{instance=host:9100,job=node,x=1} 5', 'b{instance=host:9100,job=node} 0.5']);
    expect([...batch.keys()].filter((series) => REPORT.test(series)).map((series) => series.split('{')[0])).toEqual([
      'up',
      'scrape_duration_seconds',
      'scrape_samples_scraped',
      'scrape_samples_post_metric_relabeling',
      'scrape_series_added',
    ]);
    expect(report(batch, 'up')).toBe('1');
    expect(report(batch, 'scrape_samples_scraped')).toBe('2');
    expect(report(batch, 'scrape_series_added')).toBe('2');
  });

  it('asks as Prometheus asks', async () => {
    startLoop({ headers: [['Authorization', 'Bearer x']] });
    await scrape('a 1\n');
    const { method, url, headers } = target.asked[0]!;
    expect([method, url]).toEqual(['GET', '/metrics']);
    expect(headers.accept).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
        'text/plain;version=1.0.0;escaping=underscores;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    );
    expect(headers['accept-encoding']).toBe('gzip');
    expect(headers['x-prometheus-scrape-timeout-seconds']).toBe('5');
    expect(headers.authorization).toBe('Bearer x');
  });

  it('marks a series that vanished as stale once, and knows it as new when it comes back', async () => {
    startLoop();
    await scrape('a 1\nb 2\n');
    const second = await scrape('a 1\n');
    expect(exposed(second)).toEqual(['a{instance=host:9100,job=node} 1', 'b{instance=host:9100,job=node} stale']);
    expect(report(second, 'scrape_series_added')).toBe('0');
    const third = await scrape('a 1\n');
    expect(exposed(third)).toEqual(['a{instance=host:9100,job=node} 1']);
    expect(report(await scrape('b 2\na 1\n'), 'scrape_series_added')).toBe('1');
  });

  it('marks everything as stale when the target fails, and up is 0', async () => {
    startLoop();
    await scrape('a 1\nb 2\n');
    target.answer = () => ({ status: 500 });
    const failed = await nextBatch();
    expect(exposed(failed)).toEqual(['a{instance=host:9100,job=node} stale', 'b{instance=host:9100,job=node} stale']);
    expect(report(failed, 'up')).toBe('0');
    expect(exposed(await nextBatch())).toEqual([]);
    const back = await scrape('a 1\nb 2\n');
    expect(exposed(back)).toHaveLength(2);
    expect(report(back, 'scrape_series_added')).toBe('0');
  });

  it('takes nothing of an exposition with a line that is wrong', async () => {
    startLoop();
    await scrape('a 1\nb 2\n');
    const failed = await scrape('a 1\nnew 7\nb two\n');
    expect(exposed(failed)).toEqual(['a{instance=host:9100,job=node} stale', 'b{instance=host:9100,job=node} stale']);
    expect(exposed(await scrape('a 1\n'))).toEqual(['a{instance=host:9100,job=node} 1']);
  });

  it('does not mark a series as stale that comes as another text of the same labels', async () => {
    startLoop();
    await scrape('a{x="1",y="2"} 1\n');
    expect(exposed(await scrape('a{y="2",x="1"} 1\n'))).toEqual(['a{instance=host:9100,job=node,x=1,y=2} 1']);
    expect(exposed(await scrape(''))).toEqual(['a{instance=host:9100,job=node,x=1,y=2} stale']);
  });

  it('keeps timestamps of the target and does not mark the end of such series, unless told otherwise', async () => {
    startLoop();
    expect(exposed(await scrape('a 1 1600000000000\n'))).toEqual(['a{instance=host:9100,job=node} 1 @1600000000000']);
    expect(exposed(await scrape(''))).toEqual([]);
  });

  it('marks the end of series with timestamps when told to', async () => {
    startLoop({ trackTimestampsStaleness: true });
    await scrape('a 1 1600000000000\n');
    expect(exposed(await scrape(''))).toEqual(['a{instance=host:9100,job=node} stale']);
  });

  it('ignores timestamps of the target when told to', async () => {
    startLoop({ honorTimestamps: false });
    expect(exposed(await scrape('a 1 1600000000000\n'))).toEqual(['a{instance=host:9100,job=node} 1']);
  });

  it('renames labels that conflict with those of the target, or lets them win', async () => {
    startLoop();
    expect(exposed(await scrape('a{instance="mine",job="own",exported_job="x"} 1\n'))).toEqual([
      'a{exported_exported_job=own,exported_instance=mine,exported_job=x,instance=host:9100,job=node} 1',
    ]);
  });

  it('lets the labels of the target win under honor_labels, and an empty one removes', async () => {
    startLoop({ honorLabels: true });
    expect(exposed(await scrape('a{instance="mine",job=""} 1\n'))).toEqual(['a{instance=mine} 1']);
  });

  it('keeps the bits of NaN and infinities', async () => {
    startLoop();
    const batch = await scrape('a NaN\nb +Inf\nc -Inf\nd -0\n');
    expect(exposed(batch).map((line) => line.split(' ')[1])).toEqual(['NaN', 'Infinity', '-Infinity', '0']);
    const [nan] = decodeWriteRequest(batches.at(-1)!.body).series;
    expect(nan!.samples[0]!.valueBits).toBe(0x7ff8000000000001n);
  });

  it('takes a sample that is there twice only once', async () => {
    startLoop();
    const batch = await scrape('a 1\na 2\nb 3\n');
    expect(exposed(batch)).toEqual(['a{instance=host:9100,job=node} 1', 'b{instance=host:9100,job=node} 3']);
    expect(report(batch, 'scrape_samples_scraped')).toBe('3');
  });

  it('reads gzip and OpenMetrics', async () => {
    startLoop();
    target.answer = () => ({
      headers: { 'content-type': 'application/openmetrics-text; version=1.0.0', 'content-encoding': 'gzip' },
      body: gzipSync('# TYPE a counter\na_total 5 1600000000\n# EOF\n'),
    });
    expect(exposed(await nextBatch())).toEqual(['a_total{instance=host:9100,job=node} 5 @1600000000000']);
  });

  it('sends an exemplar once', async () => {
    startLoop();
    const headers = { 'content-type': 'application/openmetrics-text; version=1.0.0' };
    const exemplars = async (text: string) => {
      await scrape(text, headers);
      return decodeWriteRequest(batches.at(-1)!.body).series.flatMap(({ labels, exemplars }) =>
        exemplars.map((exemplar) => ({ name: labels.find(({ name }) => name === '__name__')!.value, ...exemplar })),
      );
    };
    const line = (trace: string) => `# TYPE a counter\na_total 5 # {trace_id="${trace}"} 0.5 1600000000\n# EOF\n`;
    expect(await exemplars(line('x'))).toMatchObject([
      { name: 'a_total', labels: [{ name: 'trace_id', value: 'x' }], timestampMs: 1_600_000_000_000 },
    ]);
    expect(await exemplars(line('x'))).toEqual([]);
    expect(await exemplars(line('y'))).toHaveLength(1);
  });

  describe('of metadata', () => {
    const allMetadata = () => {
      const { body } = batches.at(-1)!;
      const told: string[] = [];
      walkWriteRequest(body, {
        series(bytes, _fieldStart, labelsStart, labelsEnd, end) {
          const name = decodeLabelBlock(bytes, labelsStart, labelsEnd).find(
            (label) => label.name === '__name__',
          )!.value;
          const found = readSeriesMetadata(bytes, labelsEnd, end);
          if (found !== undefined) told.push(`${name}: ${METRIC_TYPES[found.type]} ${found.help}|${found.unit}`);
        },
      });
      return told;
    };
    const metadata = () => allMetadata().filter((line) => !REPORT_LINE.test(line));
    const reportMetadata = () => allMetadata().filter((line) => REPORT_LINE.test(line));
    const EXPOSED = `# HELP a Counts \\\\ and\\nmore.
# TYPE a counter
a_total 1
# TYPE h histogram
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
h_other 1
# TYPE g gauge
g 1
plain 1
`;

    it('attaches type and help to the series of a family, and to no other series', async () => {
      metadataIntervalMs = 0;
      startLoop();
      await scrape(EXPOSED);
      expect(batches.at(-1)!.extended).toBe(true);
      const told = [
        'a_total: counter Counts \\ and\nmore.|',
        'h_bucket: histogram |',
        'h_sum: histogram |',
        'h_count: histogram |',
        'g: gauge |',
      ];
      expect(metadata()).toEqual(told);
      await scrape(EXPOSED.replace('Counts', 'Counted').replace('g gauge', 'g counter'));
      expect(metadata()).toEqual([told[0]!.replace('Counts', 'Counted'), ...told.slice(1, 4), 'g: counter |']);
    });

    it('attaches units, which OpenMetrics has', async () => {
      metadataIntervalMs = 0;
      startLoop();
      const text = '# TYPE a_bytes gauge\n# UNIT a_bytes bytes\na_bytes 1\n# EOF\n';
      await scrape(text, { 'content-type': 'application/openmetrics-text; version=1.0.0' });
      expect(metadata()).toEqual(['a_bytes: gauge |bytes']);
    });

    it('is attached once in an interval, and never where no destination wants it', async () => {
      metadataIntervalMs = 20_000;
      startLoop();
      const extended: (boolean | undefined)[] = [];
      for (let i = 0; i < 5; i++) {
        await scrape(EXPOSED);
        extended.push(batches.at(-1)!.extended);
      }
      expect(extended).toEqual([true, undefined, true, undefined, true]);
      metadataIntervalMs = undefined;
      await scrape(EXPOSED);
      await scrape(EXPOSED);
      expect(allMetadata()).toEqual([]);
    });

    it('of what a scrape adds about itself is told with that of the target', async () => {
      metadataIntervalMs = 20_000;
      startLoop({ extraMetrics: true });
      await scrape(EXPOSED);
      expect(reportMetadata().map((line) => line.replace(/ gauge .+\|/, ' gauge '))).toEqual([
        'up: gauge targets',
        'scrape_duration_seconds: gauge seconds',
        'scrape_samples_scraped: gauge samples',
        'scrape_samples_post_metric_relabeling: gauge samples',
        'scrape_series_added: gauge series',
        'scrape_timeout_seconds: gauge seconds',
        'scrape_sample_limit: gauge samples',
        'scrape_body_size_bytes: gauge bytes',
      ]);
      await scrape(EXPOSED);
      expect(reportMetadata()).toEqual([]);
    });

    it('of a target that does not answer is told as often, and that of the target once it answers', async () => {
      metadataIntervalMs = 20_000;
      startLoop();
      target.answer = () => ({ status: 500, body: 'no' });
      await nextBatch();
      expect(batches.at(-1)!.extended).toBe(true);
      expect(reportMetadata()[0]).toMatch(/^up: gauge /);
      expect(metadata()).toEqual([]);
      await scrape(EXPOSED);
      expect(reportMetadata()).toEqual([]);
      expect(metadata()).toHaveLength(5);
    });
  });

  describe('of protobuf', () => {
    const headers = { 'content-type': PROTOBUF_EXPOSITION_CONTENT_TYPE };
    const exemplar = (i: number) => ({
      label: [{ name: 'trace_id', value: `t${i}` }],
      value: i,
      timestamp: { seconds: 1_600_000_000 + i },
    });
    const histogram = (exemplars: readonly object[]) => ({
      name: 'h',
      type: 4,
      metric: [
        {
          histogram: {
            sample_count: 3,
            sample_sum: 1.5,
            schema: 2,
            positive_span: [{ offset: 0, length: 1 }],
            positive_delta: [3],
            bucket: [{ upper_bound: 1, cumulative_count: 2 }],
            exemplars,
          },
        },
      ],
    });
    const gauge = { name: 'g', type: 1, metric: [{ label: [{ name: 'a', value: 'b' }], gauge: { value: 7 } }] };
    const scrapeProtobuf = async (families: readonly object[]) => {
      target.answer = () => ({ headers, body: Buffer.from(protobufExposition(families)) });
      await nextBatch();
      return decodeWriteRequest(batches.at(-1)!.body).series.filter(({ labels }) => !REPORT_NAME.test(nameOf(labels)));
    };
    const nameOf = (labels: readonly { name: string; value: string }[]) =>
      labels.find(({ name }) => name === '__name__')!.value;

    it('sends native histograms as such, with the exemplars that are new', async () => {
      startLoop({ nativeHistograms: true });
      const first = await scrapeProtobuf([gauge, histogram([exemplar(1), exemplar(2)])]);
      expect(
        first.map(({ labels, samples, histograms }) => [nameOf(labels), samples.length, histograms.length]),
      ).toEqual([
        ['g', 1, 0],
        ['h', 0, 1],
      ]);
      expect(first[1]!.exemplars.map(({ value }) => value)).toEqual([1, 2]);
      const second = await scrapeProtobuf([gauge, histogram([exemplar(2), exemplar(3)])]);
      expect(second[1]!.exemplars.map(({ value }) => value)).toEqual([3]);
    });

    it('reads classic buckets where native histograms are not wanted, and both where both are', async () => {
      startLoop();
      const classic = await scrapeProtobuf([histogram([])]);
      expect(classic.map(({ labels }) => nameOf(labels))).toEqual(['h_count', 'h_sum', 'h_bucket', 'h_bucket']);
    });

    it('marks the end of a native histogram', async () => {
      startLoop({ nativeHistograms: true });
      await scrapeProtobuf([gauge, histogram([])]);
      const series = await scrapeProtobuf([gauge]);
      expect(series.map(({ labels, samples }) => [nameOf(labels), samples[0]?.valueBits])).toContainEqual([
        'h',
        STALE_NAN_BITS,
      ]);
    });

    it('is down where the bytes are damaged', async () => {
      startLoop();
      const batch = await scrape('\u0005nonsense', headers);
      expect(report(batch, 'up')).toBe('0');
    });
  });

  it.each([
    ['sample_limit', { sampleLimit: 1 }, 'a 1\nb 2\n'],
    ['label_limit', { labelLimit: 3 }, 'a{x="1"} 1\n'],
    ['label_name_length_limit', { labelNameLengthLimit: 9 }, 'a{abcdefghij="1"} 1\n'],
    ['label_value_length_limit', { labelValueLengthLimit: 12 }, 'a{x="abcdefghijklm"} 1\n'],
    ['body_size_limit', { bodySizeLimit: 10 }, 'a 1\nbcdefghijkl 2\n'],
  ])('fails as a whole beyond %s', async (name, settings, exposition) => {
    const loop = startLoop(settings);
    const batch = await scrape(exposition);
    expect(exposed(batch)).toEqual([]);
    expect(report(batch, 'up')).toBe('0');
    expect(loop.state?.error).toContain(
      name.replaceAll('_', name === 'sample_limit' || name === 'body_size_limit' ? ' ' : '_'),
    );
  });

  it('bounds what gzip may unpack to', async () => {
    const loop = startLoop({ bodySizeLimit: 1000 });
    target.answer = () => ({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(1_000_000)) });
    expect(report(await nextBatch(), 'up')).toBe('0');
    expect(loop.state?.error).toContain('body size limit exceeded');
  });

  it('follows a redirect, but takes no credentials to another host', async () => {
    const other = await new HttpTarget().start();
    other.answer = () => ({ body: 'moved 1\n' });
    startLoop({ headers: [['Authorization', 'Bearer x']] });
    target.answer = () => ({ status: 302, headers: { location: `http://${other.address}/there` } });
    expect(exposed(await nextBatch())).toEqual(['moved{instance=host:9100,job=node} 1']);
    expect(other.asked[0]!.headers.authorization).toBeUndefined();
    await other.stop();
  });
});

describe('a target that is removed', () => {
  it('ends all its series, its own included, at the time of the next scrape', async () => {
    const loop = startLoop();
    await scrape('a 1\n');
    const dueMs = clock.nowMs() + 10_000;
    loop.remove();
    await settle(() => clock.sleeping > 0);
    clock.tick();
    await running[0];
    const ended = describeBatch(batches.at(-1)!);
    expect(clock.nowMs()).toBe(dueMs + 11_000);
    expect([...ended.values()]).toEqual(Array(6).fill(`stale @${dueMs}`));
  });

  it('is not ended when it has come back meanwhile', async () => {
    const loop = startLoop({}, {}, () => true);
    await scrape('a 1\n');
    loop.remove();
    await settle(() => clock.sleeping > 0);
    clock.tick();
    await running[0];
    expect(batches).toHaveLength(1);
  });
});

describe('scrape times', () => {
  it('spread by target over the interval and do not depend on when the agent started', () => {
    const dues = Array.from({ length: 200 }, (_, i) => firstDue(`target ${i}`, 60_000, 1_700_000_000_000) % 60_000);
    expect(dues.filter((due) => due < 30_000).length).toBeGreaterThan(60);
    expect(dues.filter((due) => due >= 30_000).length).toBeGreaterThan(60);
    const due = firstDue('x', 60_000, 1_700_000_000_000);
    expect(firstDue('x', 60_000, due - 1)).toBe(due);
    expect(firstDue('x', 60_000, due + 1)).toBe(due + 60_000);
  });

  it('skip what was missed and survive a clock that jumps', () => {
    expect(nextDue(1000, 100, 1050)).toBe(1100);
    expect(nextDue(1000, 100, 1350)).toBe(1400);
    expect(nextDue(1_000_000, 100, 500)).toBe(600);
  });
});
