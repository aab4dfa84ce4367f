/** The console's page of an outbox in a real browser, on a real gateway with a destination that fails: what an operator does. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { launchBrowser } from '../support/browser.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer } from '../support/peers.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const STORE = 'prometheus.remote_write.store';
const HOSTILE = '<img src=x onerror="document.title=\'owned\'"> out of space';
const PHONE = { width: 375, height: 700 };

describe.skipIf(!requirePeer('chromium'))('the page of an outbox', () => {
  let browser: Browser;
  let gateway: TestGateway;
  let destination: FakeDestination;
  let token: string;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    [gateway, destination] = await Promise.all([TestGateway.start(), FakeDestination.start()]);
    await gateway.createTenant('a-first-by-name', forwardPipeline(destination.url));
    token = await gateway.createTenant('home', forwardPipeline(destination.url));
    await pushSamples(10, 204);
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await destination?.close();
  });

  async function pushSamples(count: number, status: number): Promise<void> {
    const timestampMs = Date.now();
    const samples = Array.from({ length: count }, (_, i) => ({
      labels: { __name__: 'kept', i: `${i}` },
      value: i,
      timestampMs,
    }));
    expect((await push(gateway.url, token, samples)).status).toBe(status);
  }

  async function open(fragment: string): Promise<Page> {
    const opened = await browser.newPage();
    opened.on('pageerror', (error) => problems.push(`${error}`));
    opened.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await opened.goto(`${gateway.url}/#${fragment}`);
    return opened;
  }

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const state = (name: string) => page.locator(`[data-outbox-state=${name}]`).waitFor();
  const shows = (selector: string, value: number) =>
    waitUntil(`${selector} shows ${value}`, async () => {
      const text = await page.locator(selector).textContent();
      return Number(text?.replace(/\D/g, '')) === value;
    });
  const waiting = (items: number) => shows(`[data-waiting="${STORE}"]`, items);

  it('is reached with the keyboard from the tenant with the newest data, and has an address of its own', async () => {
    page = await open(`token=${gateway.adminToken}`);
    await page.locator('.tenant-choice[aria-current=true]').getByText('home').waitFor();
    await page.getByRole('link', { name: STORE, exact: true }).focus();
    await page.keyboard.press('Enter');
    await state('idle');
    expect(new URL(page.url()).hash).toBe(`#tenant=home&outbox=${STORE}`);
  });

  it('shows what waits, the words of the destination as they are, and depth and age on charts', async () => {
    destination.refuseWith = 503;
    destination.refuseBody = HOSTILE;
    await pushSamples(30, 204);
    await waiting(30);
    await page.locator('.latest-error-now .verbatim').getByText(HOSTILE).waitFor();
    for (const label of [/^bytes waiting: now [1-9][\d.]* (B|KiB), highest/, /^age of the oldest payload: now [1-9]/]) {
      await page.getByRole('img', { name: label }).waitFor();
    }
    const drawn = () =>
      page.locator('.outbox-chart canvas').evaluateAll((canvases) =>
        canvases.map((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          const pixels = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data;
          return pixels.some((value, i) => i % 4 === 3 && value > 0);
        }),
      );
    await expect.poll(drawn).toEqual([true, true]);
  });

  it('pauses: nothing arrives although the destination is well again', async () => {
    await button('Pause').click();
    await state('held');
    destination.refuseWith = 0;
    await pushSamples(20, 204);
    await waiting(50);
    expect(await button('Retry now').isDisabled()).toBe(true);
    expect(destination.sampleCount).toBe(10);
  });

  it('resumes: everything arrives, and the ledger says so', async () => {
    await button('Resume').click();
    await waiting(0);
    await state('idle');
    expect(destination.sampleCount).toBe(60);
    await shows('[data-ledger=delivered]', 50);
    await shows('[data-ledger=accepted]', 50);
  });

  it('retries now, without the wait', async () => {
    destination.refuseWith = 503;
    destination.refuseHeaders = { 'retry-after': '900' };
    await pushSamples(4, 204);
    await waiting(4);
    await page.getByText(/^in 1[45] min/).waitFor();
    destination.refuseWith = 0;
    destination.refuseHeaders = {};
    await button('Retry now').click();
    await waiting(0);
    expect(destination.sampleCount).toBe(64);
  });

  it('keeps what the destination refuses, gives its bytes, sends it again, and asks before it forgets it', async () => {
    destination.refuseWith = 400;
    await pushSamples(5, 400);
    await pushSamples(1, 400);
    await page.locator('[data-letter="2"]').getByText('bad_request').waitFor();
    const first = page.locator('[data-letter="1"]');
    await first.getByText(HOSTILE).waitFor();
    const download = page.waitForEvent('download');
    await button('Save the bytes of dead letter 1').click();
    const bytes = readFileSync(await (await download).path());
    expect(decodeWriteRequest(snappyDecode(bytes, 1e6)).series).toHaveLength(5);
    destination.refuseWith = 0;
    await button('Replay dead letter 1').click();
    await waitUntil('the dead letter arrived', () => destination.sampleCount === 69);
    await first.waitFor({ state: 'detached' });
    await button('Clear…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'Yes, forget 1 dead letter' }).check();
    await dialog.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('Forgotten: 1 dead letter.').waitFor();
    await page.locator('[data-letter]').waitFor({ state: 'detached' });
  });

  it('purges only after it has said what is lost and someone has ticked it', async () => {
    destination.refuseWith = 503;
    await pushSamples(7, 204);
    await waiting(7);
    const dialog = page.getByRole('dialog');
    const purge = dialog.getByRole('button', { name: 'Purge' });
    await button('Purge…').click();
    await dialog.getByText(/^7 samples in 1 payload/).waitFor();
    expect(await purge.isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await waiting(7);
    await button('Purge…').click();
    await dialog.getByRole('checkbox', { name: `Yes, lose 7 samples for ${STORE}` }).check();
    await purge.click();
    await page.getByText('Thrown away: 1 payload with 7 samples.').waitFor();
    await waiting(0);
    await shows('[data-ledger=dropped]', 7);
    destination.refuseWith = 0;
    await pushSamples(1, 204);
    await waitUntil('the next sample arrived', () => destination.sampleCount === 70);
  });

  it('skips the first payload: it is a dead letter, and what is behind it arrives', async () => {
    expect(await button('Skip first').isDisabled()).toBe(true);
    destination.refuseWith = 500;
    destination.refuseHeaders = { 'retry-after': '900' };
    await pushSamples(3, 204);
    await pushSamples(2, 204);
    await waiting(5);
    destination.refuseWith = 0;
    destination.refuseHeaders = {};
    await button('Skip first').click();
    await page.getByText('Set aside as a dead letter: the first payload, with 3 samples.').waitFor();
    await waiting(0);
    expect(destination.sampleCount).toBe(72);
    await page.locator('[data-letter]').getByText('skipped').waitFor();
    await button(/^Replay dead letter/).click();
    await waitUntil('the dead letter arrived', () => destination.sampleCount === 75);
    await page.locator('[data-letter]').waitFor({ state: 'detached' });
  });

  it('fits a phone, and comes back after a reload', async () => {
    await page.setViewportSize(PHONE);
    await page.reload();
    await state('idle');
    await page.locator('.outbox-chart canvas').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
  });

  it('says of an outbox that is not there that it is not', async () => {
    await page.goto(`${gateway.url}/#tenant=home&outbox=${encodeURIComponent(HOSTILE)}`);
    await page.getByText('There is no outbox of this name').waitFor();
    problems.length = 0; // the browser logs the 404 itself
  });

  it('runs no script that a destination answered, and breaks no rule of its own policy', async () => {
    await page.goto(`${gateway.url}/#tenant=home&outbox=${STORE}`);
    await page.locator('.latest-error').getByText(HOSTILE).waitFor();
    expect(await page.title()).not.toBe('owned');
    expect(problems).toEqual([]);
    await page.close();
  });

  it('does not claim that a token was accepted before which never was', async () => {
    const refused = await open('token=wrong');
    await refused.getByRole('alert').getByText('does not accept').waitFor();
    await refused.close();
  });
});
