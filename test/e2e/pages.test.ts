/** The console and the receiver's page in a real browser: the numbers on the page are the numbers sent. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from '../../cli/receiver/server.ts';
import { launchBrowser } from '../support/browser.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer } from '../support/peers.ts';
import { siteTaggingPipeline } from '../support/pipelines.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const SAMPLES = 120;
const DROPPED = 7;
const LINES = 33;
const PROFILES = 3;
const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';

describe.skipIf(!requirePeer('chromium'))('pages', () => {
  let browser: Browser;
  let gateway: TestGateway;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let token: string;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    receiver = await startReceiver({ host: '127.0.0.1', port: 0 });
    gateway = await TestGateway.start();
    token = await gateway.createTenant('home', siteTaggingPipeline(receiver.url), ['agent']);
    await pushSamples('kept', SAMPLES);
    await pushSamples('node_scrape_collector_success', DROPPED);
    await pushLines(LINES);
    for (let i = 0; i < PROFILES; i++) await pushProfile();
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await receiver?.stop();
  });

  async function pushSamples(name: string, count: number): Promise<void> {
    const timestampMs = Date.now();
    const samples = Array.from({ length: count }, (_, i) => ({
      labels: { __name__: name, i: `${i}`, text: HOSTILE },
      value: i,
      timestampMs,
    }));
    expect((await push(gateway.url, token, samples)).ok).toBe(true);
  }

  async function pushLines(count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, i) => [
      `${Date.now()}${`${i}`.padStart(6, '0')}`,
      `${HOSTILE} line ${i}`,
    ]);
    const response = await fetch(`${gateway.url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ streams: [{ stream: { job: 'pages' }, values }] }),
    });
    expect(response.ok).toBe(true);
  }

  async function pushProfile(): Promise<void> {
    const name = encodeURIComponent(`shop{text=${HOSTILE}}`);
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${gateway.url}/ingest?name=${name}&format=jfr`, {
      method: 'POST',
      headers,
      body: 'x',
    });
    expect(response.ok).toBe(true);
  }

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(`${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_CONNECTION_REFUSED'))
        problems.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  const number = async (page: Page, selector: string) =>
    Number((await page.textContent(selector))?.replace(/[^\d-]/g, ''));
  const shows = (page: Page, selector: string, value: number) =>
    waitUntil(`${selector} shows ${value}`, async () => (await number(page, selector)) === value);

  it('the receiver shows exactly what was delivered', async () => {
    const page = await open(receiver.url);
    await shows(page, '.signal-metrics [data-count=samples]', SAMPLES);
    await shows(page, '.signal-metrics [data-count=series]', SAMPLES);
    await shows(page, '.signal-logs [data-count=lines]', LINES);
    await shows(page, '.signal-profiles [data-count=profiles]', PROFILES);
    await waitUntil('the profiles are listed', async () => (await page.locator('#profiles li').count()) === PROFILES);
    await page.close();
  });

  it('the console shows exactly what was accepted and dropped', async () => {
    const page = await open(`${gateway.url}/#token=${gateway.adminToken}`);
    await shows(page, '.signal-metrics [data-total=accepted]', SAMPLES + DROPPED);
    await shows(page, '.signal-metrics [data-total=dropped]', DROPPED);
    await shows(page, '.signal-logs [data-total=accepted]', LINES);
    await shows(page, '.signal-profiles [data-total=accepted]', PROFILES);
    expect(page.url()).not.toContain('token');
    await page.close();
  });

  it('the console explains what each rule makes of a series', async () => {
    const page = await open(`${gateway.url}/#token=${gateway.adminToken}`);
    const explain = async (series: string) => {
      await page.getByLabel('A series or a log stream').fill(series);
      await page.getByRole('button', { name: 'Explain' }).click();
    };
    await explain('up{job="node"}');
    await page.locator('.explain-added').getByText('site').waitFor();
    await page.locator('.explain-arrived').getByText('home').waitFor();
    await explain('node_scrape_collector_success');
    await page.locator('.explain-end').getByText('Dropped').waitFor();
    expect(await page.locator('.explain-arrived').count()).toBe(0);
    await explain(`{${HOSTILE}`);
    await page.locator('.explain-failed').waitFor();
    await page.close();
  });

  it('the console shows the backlog grow while the receiver refuses, and empty afterwards', async () => {
    const receiverPage = await open(receiver.url);
    const page = await open(`${gateway.url}/#token=${gateway.adminToken}`);
    const waiting = '[data-waiting="prometheus.remote_write.store"]';
    await receiverPage.getByRole('switch').setChecked(true, { force: true });
    await waitUntil('the receiver refuses', async () => (await receiverPage.getByRole('alert').count()) === 1);
    await pushSamples('kept', SAMPLES);
    await shows(page, waiting, SAMPLES);
    await receiverPage.getByRole('switch').setChecked(false, { force: true });
    await shows(page, waiting, 0);
    await shows(receiverPage, '.signal-metrics [data-count=samples]', 2 * SAMPLES);
    await page.close();
    await receiverPage.close();
  });

  it('asks for the admin token and refuses a wrong one', async () => {
    const page = await open(`${gateway.url}/#token=wrong`);
    await page.waitForSelector('input[type=password]');
    expect(await page.locator('.signal-metrics').count()).toBe(0);
    await page.close();
    problems.length = 0; // the browser logs the 401 itself
  });

  it('runs no script that a label or a line contains, and breaks no rule of its own policy', async () => {
    const page = await open(receiver.url);
    await page.getByText('onerror').first().waitFor();
    expect(await page.title()).not.toBe('owned');
    await page.close();
    expect(problems).toEqual([]);
  });
});
