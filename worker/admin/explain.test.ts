import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { admin, createTenant, FakeDestinations } from '../testing/gateway.ts';

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const PIPELINE = `
spillway.receive "default" {
  metrics = [prometheus.relabel.clean.receiver]
  logs    = [loki.relabel.clean.receiver]
}

prometheus.relabel "clean" {
  forward_to = [prometheus.remote_write.a.receiver, prometheus.remote_write.b.receiver]

  rule {
    source_labels = ["__name__"]
    regex         = "go_.*"
    action        = "drop"
  }
}

prometheus.remote_write "a" {
  endpoint {
    url = "https://a.example.com/api/v1/push"
  }
}

prometheus.remote_write "b" {
  endpoint {
    url = "https://b.example.com/api/v1/push"

    write_relabel_config {
      action = "labeldrop"
      regex  = "instance"
    }
  }
}

loki.relabel "clean" {
  forward_to = [loki.write.c.receiver]

  rule {
    target_label = "cluster"
    replacement  = "eu"
  }
}

loki.write "c" {
  endpoint {
    url = "https://c.example.com/loki/api/v1/push"
  }
}
`;

interface Hop {
  readonly componentId: string;
  readonly destination?: string;
  readonly steps: readonly { path: string; line: number; matched?: boolean; outcome: string }[];
  readonly results: readonly { after: { labels: Record<string, string> }; next: readonly Hop[] }[];
  readonly end?: { outcome: string };
}

async function explain(
  tenant: string,
  body: unknown,
): Promise<{ status: number; message?: string; hops: readonly Hop[] }> {
  const { status, json } = await admin('POST', `tenants/${tenant}/explain`, body);
  const answer = json as { message?: string; items?: { ways: { hops: Hop[] }[] }[] };
  const hops = answer.items?.flatMap(({ ways }) => ways.flatMap((way) => way.hops)) ?? [];
  return { status, hops, ...(answer.message === undefined ? {} : { message: answer.message }) };
}

describe('POST /tenants/:tenant/explain', () => {
  it('follows a series through every rule to every destination', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    const { status, hops } = await explain(name, { series: 'up{job="node", instance="a:1"}' });
    expect(status).toBe(200);
    const [clean] = hops as [Hop];
    expect([clean.componentId, clean.steps[0]?.path, clean.steps[0]?.line, clean.steps[0]?.matched]).toEqual([
      'prometheus.relabel.clean',
      'rule[0]',
      10,
      false,
    ]);
    const ends = clean.results[0]?.next.map(({ destination, results }) => [destination, results[0]?.after.labels]);
    expect(ends).toEqual([
      ['prometheus.remote_write.a', { __name__: 'up', job: 'node', instance: 'a:1' }],
      ['prometheus.remote_write.b', { __name__: 'up', job: 'node' }],
    ]);
    expect(destinations.received).toEqual([]);
  });

  it('says which rule drops a series', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    const { hops } = await explain(name, { series: 'go_goroutines' });
    expect(hops.map(({ results, steps, end }) => [results.length, steps.at(-1)?.outcome, end?.outcome])).toEqual([
      [0, 'dropped', 'dropped'],
    ]);
  });

  it('takes labels without a metric name as a log stream', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    const { hops } = await explain(name, { series: '{app="shop"}', line: 'hello' });
    expect(hops[0]?.componentId).toBe('loki.relabel.clean');
    expect(hops[0]?.results[0]?.after.labels).toEqual({ app: 'shop', cluster: 'eu' });
  });

  it('answers 400 to what is not a series, and 404 where there is no pipeline', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    expect(await explain(name, { series: '1up{' })).toMatchObject({
      status: 400,
      message: '"1up" is not a metric name',
    });
    expect((await explain(name, { series: 'up', lines: 'x' })).status).toBe(400);
    await admin('POST', 'tenants', { name: 'bare' });
    expect((await explain('bare', { series: 'up' })).status).toBe(404);
  });
});

describe('a secret in an explanation', () => {
  it('is not in it, in no form, and guesses at it come back as they were', async () => {
    const { name } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/key`, { value: 'hunter2-of-shop' });
    await admin('PUT', `tenants/${name}/secrets/url`, { value: 'https://mimir.example.com/hunter2-of-shop' });
    const text = `
spillway.receive "default" { metrics = [prometheus.relabel.key.receiver] }
prometheus.relabel "key" {
  forward_to = [prometheus.remote_write.a.receiver]
  rule {
    target_label = "key"
    replacement  = string.to_upper(convert.nonsensitive(secret("key")))
  }
}
prometheus.remote_write "a" {
  endpoint {
    url          = convert.nonsensitive(secret("url"))
    bearer_token = secret("key")
  }
}
`;
    expect((await admin('PUT', `tenants/${name}/pipeline`, text)).status).toBe(200);
    const guesses = { whole: 'hunter2-of-shop', beginning: 'x-hunter', other: 'x-hunted' };
    const labels = Object.entries(guesses).map(([label, guess]) => `${label}="${guess}"`);
    const { json } = await admin('POST', `tenants/${name}/explain`, { series: `up{${labels.join(',')}}` });
    expect(json.items[0].input.labels).toEqual({ __name__: 'up', ...guesses });
    const shown = JSON.stringify(json.items[0].ways);
    expect(shown).toContain('VALUE-OF-KEY');
    expect(shown).toContain('https://secret.invalid/value-of-url');
    expect(shown).not.toContain('HUNTER2');
  });
});

describe('A8 a pipeline of more than a hundred rules', () => {
  it('is refused when it is saved, with the line of the rule that is one too many', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    const rules = (count: number) =>
      Array.from(
        { length: count },
        (_, i) => `  rule {\n    target_label = "l${i}"\n    replacement = "x"\n  }\n`,
      ).join('');
    const text = (count: number) => `prometheus.relabel "x" {\n  forward_to = []\n${rules(count)}}\n`;
    expect((await admin('PUT', `tenants/${name}/pipeline`, text(100))).status).toBe(200);
    const refused = await admin('PUT', `tenants/${name}/pipeline`, text(101));
    expect(refused.status).toBe(422);
    const { diagnostics } = refused.json as { diagnostics: { line: number; message: string }[] };
    expect(diagnostics.map(({ line, message }) => [line, message])).toContainEqual([
      403,
      'the pipeline has 101 relabel rules, the limit is 100',
    ]);
  });
});
