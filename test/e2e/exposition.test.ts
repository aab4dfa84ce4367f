/**
 * The exposition parser beside a real Prometheus: each text is scraped by Prometheus and read by the parser. Both must
 * refuse it, or both must hold the same series, values and timestamps.
 */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ExpositionError,
  type ExpositionFormat,
  parseExposition,
  seriesLabels,
} from '../../core/wire/exposition/exposition.ts';
import { closeServer, listenOnLoopback, portOf } from '../support/loopback.ts';
import { requirePeer, startPrometheus } from '../support/peers.ts';
import { query, seriesKey } from '../support/prometheus-query.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Old enough to be past, young enough to be stored. */
const PAST_MS = Date.now() - 30_000;
const PAST_SECONDS = PAST_MS / 1000;

const TEXT_CASES = [
  'a 1\n',
  'a 1',
  'a\t1\t\n\n',
  `a 1 ${PAST_MS}\n`,
  `a 1 \t${PAST_MS} \n`,
  'a{} 1\n',
  'a{b="c",} 1\n',
  'a { b = "c" , d = "e" } 1\n',
  'a{b="c" d="e"} 1\n',
  'a{b="",c="d"} 1\n',
  String.raw`a{b="\"\\\n\x",c="é😀"} 1`,
  'a{b="x\ny"} 1\n',
  'a +Inf\nb -inf\nc NaN\nd nan\n',
  'a 1e3\nb 1.\nc .5\nd +1\ne -0\nf 1E-5\ng 0.30000000000000004\nh 123456789012345678\ni 4.9e-324\n',
  '# just a comment\n#\n#nothing\n# HELP a \n# HELP b\n# TYPE a counter\n#  TYPE b  \t# x\na 1\n',
  '# HELP a text\n# TYPE a counter\n# TYPE b untyped\na 1\n',
  '# TYPE a constructor\na 1\n',
  '# TYPE a  counter\na 1\n',
  '# TYPE a\na 1\n',
  '# TYPE a counter \na 1\n',
  '# TYPE 1a counter\na 1\n',
  '# HELPER a\na 1\n',
  'a',
  'a\n1\n',
  'a x\n',
  'a 0x10\n',
  'a 0x1p4\n',
  'a 1_000\n',
  'a 1e999\n',
  'a 1e\n',
  'a .\n',
  'a +nan\n',
  'a infinity\n',
  'a 1\r\n',
  'a 1 -5\n',
  'a 1 1.5\n',
  'a 1 9223372036854775808\n',
  'a 1 2 3\n',
  'a{b} 1\n',
  'a{b=c} 1\n',
  'a{,} 1\n',
  'a{b="c",,} 1\n',
  'a{b="c} 1\n',
  'a{1b="c"} 1\n',
  'a{b="c"}1\n',
  'a{b="c"}{d="e"} 1\n',
  'a{b="1",b="2"} 1\n',
  '{b="c"} 1\n',
  '1a 1\n',
  'a-b 1\n',
  'é 1\n',
  'a{é="b"} 1\n',
  'a 1\nb{ 1\n',
  '\u00a0a 1\n',
];

// A trailing comma in braces is not among them: Prometheus 2 refuses it in OpenMetrics, Prometheus 3 and the parser do not.
const OPENMETRICS_CASES = [
  '# EOF',
  'a 1\n# EOF\n',
  `a 1 ${PAST_SECONDS}\n# EOF\n`,
  `a 1 ${(PAST_MS + 0.7) / 1000}\n# EOF\n`,
  '# TYPE a counter\n# HELP a Some \\"text\\"\na_total{b="c"} 1\na_created{b="c"} 1.6e9\n# EOF\n',
  '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n',
  '# TYPE a histogram\na_bucket{le="1"} 2 # {trace_id="x"} 0.5 1.6e9\na_bucket{le="+Inf"} 3 # {} 1\na_count 3\na_sum 4\n# EOF\n',
  '# TYPE a info\na_info{b="c"} 1\n# TYPE s stateset\ns{s="x"} 1\n# EOF\n',
  '',
  'a 1\n',
  'a 1',
  'a 1 # EOF',
  '# EOF\na 1\n',
  '# EOF\n\n',
  '# EOF \n',
  '\n# EOF',
  '# comment\n# EOF',
  'a  1\n# EOF',
  'a\t1\n# EOF',
  'a 1 \n# EOF',
  'a 1 NaN\n# EOF',
  'a{b="c" ,d="e"} 1\n# EOF',
  'a{b="c" d="e"} 1\n# EOF',
  'a{ b="c"} 1\n# EOF',
  'a {b="c"} 1\n# EOF',
  'a{b="x\ny"} 1\n# EOF',
  'a 1 # {b="c"}\n# EOF',
  'a 1 # {b="c"} x\n# EOF',
  'a 1 # {b} 1\n# EOF',
  '# UNIT a_seconds meters\n# EOF',
  '# UNIT seconds seconds\n# EOF',
  '# TYPE a untyped\na 1\n# EOF',
  '# HELP a\n# EOF',
  '# TYPE a counter\r\na_total 1\n# EOF',
];

interface Case {
  readonly format: ExpositionFormat;
  readonly text: string;
}

const CASES: readonly Case[] = [
  ...TEXT_CASES.map((text) => ({ format: 'text' as const, text })),
  ...OPENMETRICS_CASES.map((text) => ({ format: 'openmetrics' as const, text })),
];

const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Series -> value as Prometheus prints it, with the timestamp where the text has one; or that it was refused. */
type Reading = Record<string, string> | 'refused';

function parsed({ format, text }: Case): Reading {
  const bytes = new TextEncoder().encode(text);
  const reading: Record<string, string> = {};
  try {
    parseExposition(bytes, format, {
      sample(start, end, value, timestampMs) {
        const labels = Object.fromEntries(seriesLabels(bytes, start, end).map(({ name, value }) => [name, value]));
        reading[seriesKey(labels)] = describeSample(value, timestampMs);
      },
    });
  } catch (error) {
    if (error instanceof ExpositionError) return 'refused';
    throw error;
  }
  return reading;
}

function describeSample(value: number, timestampMs: number | undefined): string {
  const number = Object.is(value, -0) ? '-0' : String(value);
  return timestampMs === undefined ? number : `${number} @${timestampMs}`;
}

const SYNTHETIC = /^(up|scrape_.*)$/;

describe.skipIf(!requirePeer('prometheus'))('the exposition parser and Prometheus', () => {
  let server: Server;
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const index = Number(request.url?.slice(1));
      const { format, text } = CASES[index] as Case;
      response.setHeader('content-type', CONTENT_TYPES[format]);
      response.end(text);
    });
    await listenOnLoopback(server);
    const port = portOf(server);
    const jobs = CASES.map(
      (_, i) =>
        `  - { job_name: "case-${i}", metrics_path: /${i}, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }`,
    );
    prometheus = await startPrometheus({
      config: `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n${jobs.join('\n')}\n`,
    });
    // One that took longer than its second says nothing about the text.
    await waitUntil('every text was scraped in time', async () => {
      const inTime = await query(prometheus.url, `min_over_time(scrape_duration_seconds[1h]) < 0.9`);
      return inTime.length === CASES.length;
    });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await closeServer(server);
  });

  async function stored(index: number): Promise<Reading> {
    const [up] = await query(prometheus.url, `max_over_time(up{job="case-${index}"}[1h])`);
    if (up?.value?.[1] !== '1') return 'refused';
    const reading: Record<string, string> = {};
    for (const { metric, values } of await query(prometheus.url, `{job="case-${index}"}[1h]`)) {
      const { job: _job, instance: _instance, ...labels } = metric;
      if (SYNTHETIC.test(labels.__name__ ?? '')) continue;
      const [seconds, text] = (values as [number, string][])[0] as [number, string];
      const own = Math.abs(seconds * 1000 - PAST_MS) < 2;
      reading[seriesKey(labels)] = describeSample(readNumber(text), own ? Math.round(seconds * 1000) : undefined);
    }
    return reading;
  }

  it.each(CASES.map((each, index) => ({ ...each, index })))('agree on $format $text', async ({ index }) => {
    expect(parsed(CASES[index] as Case)).toEqual(await stored(index));
  });
});

function readNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
