/** Queries a real Prometheus: the assertions of the end-to-end tests are its answers. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [seconds: number, value: string];
  readonly values?: readonly (readonly [seconds: number, value: string])[];
}

export async function query(prometheusUrl: string, expression: string): Promise<QueriedSeries[]> {
  const response = await fetch(`${prometheusUrl}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ query: expression }).toString(),
  });
  const answer = (await response.json()) as { status: string; error?: string; data: { result: QueriedSeries[] } };
  if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
  return answer.data.result;
}

/** The single number an aggregation gives, or 0 where it gives nothing. */
export async function queryNumber(prometheusUrl: string, expression: string): Promise<number> {
  const [first] = await query(prometheusUrl, expression);
  return first?.value ? Number(first.value[1]) : 0;
}

/** Every raw sample of the selector as `{sorted labels} -> timestamp ms -> value text`. */
export async function rawSamples(
  prometheusUrl: string,
  selector: string,
  range = '1h',
): Promise<Map<string, Map<number, string>>> {
  const samples = new Map<string, Map<number, string>>();
  for (const { metric, values } of await query(prometheusUrl, `${selector}[${range}]`)) {
    samples.set(seriesKey(metric), new Map(values?.map(([seconds, value]) => [Math.round(seconds * 1000), value])));
  }
  return samples;
}

export function seriesKey(metric: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
}
