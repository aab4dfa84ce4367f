/** The agent's pages and the console's picture of a pipeline, in a real browser against a real agent and gateway. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../../cli/receiver/server.ts';
import { TestAgent } from '../support/agent.ts';
import { launchBrowser } from '../support/browser.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer } from '../support/peers.ts';
import { siteTaggingPipeline } from '../support/pipelines.ts';
import { push } from '../support/remote-write-client.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const PASSWORD = 'a-password-that-no-page-shows';
const PHONE = { width: 360, height: 740 };
const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';

/** Edges are those that the text below draws. */
const EDGES = [
  'local.file_match.logs > loki.source.file.logs',
  'loki.process.level > loki.write.store',
  'loki.source.file.logs > loki.process.level',
  'prometheus.exporter.unix.host > prometheus.scrape.host',
  'prometheus.relabel.site > prometheus.remote_write.store',
  'prometheus.scrape.host > prometheus.relabel.site',
];

const configuration = (receiver: string, folder: string) => `
livedebugging { enabled = true }

prometheus.exporter.unix "host" { }

prometheus.scrape "host" {
  targets         = prometheus.exporter.unix.host.targets
  forward_to      = [prometheus.relabel.site.receiver]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
}

prometheus.relabel "site" {
  forward_to = [prometheus.remote_write.store.receiver]

  rule {
    target_label = "site"
    replacement  = "home"
  }
}

prometheus.remote_write "store" {
  endpoint {
    url = "${receiver}/api/v1/write"

    basic_auth {
      username = "tenant"
      password = "${PASSWORD}"
    }
  }
}

local.file_match "logs" {
  path_targets = [{ __path__ = "${folder}/*.log", job = "pages" }]
  sync_period  = "500ms"
}

loki.source.file "logs" {
  targets    = local.file_match.logs.targets
  forward_to = [loki.process.level.receiver]
}

loki.process "level" {
  forward_to = [loki.write.store.receiver]

  stage.static_labels {
    values = { level = "info" }
  }
}

loki.write "store" {
  endpoint {
    url = "${receiver}/loki/api/v1/push"
  }
}
`;

describe.skipIf(!requirePeer('chromium'))("the agent's pages", () => {
  let folder: ReturnType<typeof tempFolder>;
  let browser: Browser;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let agent: TestAgent;
  let writing: ReturnType<typeof setInterval>;
  const problems: string[] = [];

  beforeAll(async () => {
    folder = tempFolder('agent-pages');
    browser = await launchBrowser();
    receiver = await startReceiver({ host: '127.0.0.1', port: 0 });
    const log = join(folder.path, 'app.log');
    appendFileSync(log, '');
    agent = await TestAgent.start(configuration(receiver.url, folder.path));
    writing = setInterval(() => appendFileSync(log, `${HOSTILE} line\n`), 100);
  });

  afterAll(async () => {
    clearInterval(writing);
    await browser?.close();
    await agent?.stop();
    await receiver?.stop();
    folder.remove();
  });

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(`${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  const attributes = (page: Page, name: string) =>
    page
      .locator(`[${name}]`)
      .evaluateAll((found, attribute) => found.map((each) => each.getAttribute(attribute)), name);

  it('draws each component and edge of the configuration, with what flows now', async () => {
    const page = await open(`${agent.url}/graph`);
    await page.waitForSelector('[data-node]');
    expect((await attributes(page, 'data-edge')).sort()).toEqual(EDGES);
    const nodes = new Set(EDGES.flatMap((edge) => edge.split(' > ')));
    expect((await attributes(page, 'data-node')).sort()).toEqual([...nodes].sort());
    for (const edge of EDGES.filter((each) => !each.includes('exporter') && !each.includes('file_match'))) {
      await waitUntil(`something flows on ${edge}`, async () => {
        const text = await page.locator(`[data-edge="${edge}"] [data-rate]`).textContent({ timeout: 1000 });
        return Number.parseFloat(text ?? '') > 0;
      });
    }
    await page.close();
  });

  it('fits the graph into a phone from the start, at a size that can be read', async () => {
    const page = await open(`${agent.url}/graph`);
    await page.setViewportSize(PHONE);
    await page.reload();
    const first = page.locator('[data-node]').first();
    await waitUntil(
      'the picture is narrow',
      async () => ((await first.boundingBox())?.width ?? PHONE.width) < PHONE.width,
    );
    for (const node of await page.locator('[data-node]').all()) {
      const { x, width } = (await node.boundingBox())!;
      expect(x >= 0 && x + width <= PHONE.width, `${await node.getAttribute('data-node')}: ${x} + ${width}`).toBe(true);
    }
    const { height } = (await first.locator('.graph-label').boundingBox())!;
    expect(height).toBeGreaterThan(12);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    await page.close();
  });

  it('leads from a node to its component, and from there back', async () => {
    const page = await open(`${agent.url}/graph`);
    await page.locator('[data-node="prometheus.relabel.site"] a').click();
    await page.waitForURL('**/component/prometheus.relabel.site');
    await page.getByRole('link', { name: 'prometheus.remote_write.store' }).first().click();
    await page.waitForURL('**/component/prometheus.remote_write.store');
    await page.goBack();
    await page.getByRole('heading', { name: 'prometheus.relabel "site"' }).waitFor();
    await page.close();
  });

  it("shows a component's arguments and no secret of them", async () => {
    const page = await open(`${agent.url}/component/prometheus.remote_write.store`);
    const password = page.locator('[data-statement=password] .value');
    await password.waitFor();
    expect(await password.textContent()).toBe('(secret)');
    expect(await page.locator('[data-statement=url] .value').first().textContent()).toContain('/api/v1/write');
    expect(await page.content()).not.toContain(PASSWORD);
    await page.close();
  });

  it('shows samples and lines as they pass, filtered, and stops when it is told to', async () => {
    const page = await open(`${agent.url}/component/prometheus.relabel.site`);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByLabel('Filter events').fill('node_load1"');
    const event = page.locator('.event-text').first();
    await waitUntil('a sample passes', async () => (await event.count()) > 0);
    expect(await event.textContent()).toMatch(/^\{__name__="node_load1",.*\} => \{.*site="home"\}$/);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.close();
  });

  it('runs no script that a log line holds', async () => {
    const page = await open(`${agent.url}/component/loki.process.level`);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('onerror').first().waitFor();
    expect(await page.locator('.event-text').first().textContent()).toContain(HOSTILE);
    expect(await page.title()).not.toBe('owned');
    await page.close();
  });

  it('lists every component with its health and finds one by its name', async () => {
    const page = await open(agent.url);
    await waitUntil('all are listed', async () => (await page.locator('[data-component]').count()) === 8);
    await page.getByLabel('Search components').fill('remote_write');
    await expect.poll(() => attributes(page, 'data-component')).toEqual(['prometheus.remote_write.store']);
    await page.close();
  });

  it('broke no rule of its own policy', () => expect(problems).toEqual([]));

  describe('and the console', () => {
    let gateway: TestGateway;

    beforeAll(async () => {
      gateway = await TestGateway.start();
      const token = await gateway.createTenant('home', siteTaggingPipeline(receiver.url), ['metrics:write']);
      await receiver.stop();
      const sample = { labels: { __name__: 'kept' }, value: 1, timestampMs: Date.now() };
      expect((await push(gateway.url, token, [sample, { ...sample, value: 2, timestampMs: Date.now() + 1 }])).ok).toBe(
        true,
      );
    });

    afterAll(async () => {
      await gateway?.stop();
    });

    it("draws the tenant's pipeline, with what waits at a destination that is down", async () => {
      const page = await open(`${gateway.url}/#token=${gateway.adminToken}`);
      await page.waitForSelector('.pipeline [data-node]');
      expect((await attributes(page, 'data-edge')).sort()).toEqual([
        'loki.process.site > loki.write.store',
        'prometheus.relabel.site > prometheus.remote_write.store',
        'spillway.receive.default > loki.process.site',
        'spillway.receive.default > otelcol.exporter.otlphttp.store',
        'spillway.receive.default > prometheus.relabel.site',
        'spillway.receive.default > pyroscope.write.store',
      ]);
      const waiting = page.locator('[data-node="prometheus.remote_write.store"] .graph-detail');
      await waitUntil('the backlog shows', async () => (await waiting.textContent()) === '2 samples waiting');
      expect(await page.locator('[data-node="loki.write.store"] .graph-detail').textContent()).toBe('no backlog');
      await page.close();
    });
  });
});
