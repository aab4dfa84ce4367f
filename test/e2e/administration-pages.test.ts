/** The console's pages of administration in a real browser, on a real gateway: what each principal may see and do there. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer } from '../support/peers.ts';
import { siteTaggingPipeline } from '../support/pipelines.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const HOSTILE = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">';
const SECRET = 'correct horse battery staple';
const PHONE = { width: 360, height: 740 };

/** Runs in the page: whether something is drawn. */
function hasInk(canvas: SVGElement | HTMLElement, where: string): boolean {
  const { width, height } = canvas as HTMLCanvasElement;
  const from = where === 'anywhere' ? 0 : width - 2;
  const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(from, 0, width - from, height).data ?? [];
  return pixels.some((value, i) => i % 4 === 3 && value > 0);
}

describe.skipIf(!requirePeer('chromium'))('the pages of administration', () => {
  let browser: Browser;
  let gateway: TestGateway;
  let destination: FakeDestination;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    [gateway, destination] = await Promise.all([TestGateway.start(), FakeDestination.start()]);
    await gateway.createTenant('shop', siteTaggingPipeline(destination.url));
    await gateway.createTenant('other', siteTaggingPipeline(destination.url));
    page = await open(gateway.adminToken, 'tenant=shop&section=tokens');
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await destination?.close();
  });

  async function open(token: string, fragment: string): Promise<Page> {
    const opened = await browser.newPage();
    opened.setDefaultTimeout(10_000);
    opened.on('pageerror', (error) => problems.push(`${error}`));
    opened.on('console', (message) => {
      // The browser itself logs answers that refuse.
      if (message.type() === 'error' && !/status of (?:4(?:00|01|03|04|09|12|22)|503)/.test(message.text())) {
        problems.push(message.text());
      }
    });
    await opened.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        console.error(`the policy stopped ${violatedDirective} ${blockedURI}`),
      );
    });
    await opened.goto(`${gateway.url}/#token=${token}&${fragment}`);
    return opened;
  }

  const go = (fragment: string) => page.goto(`${gateway.url}/#${fragment}`);
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const dialog = () => page.getByRole('dialog');
  const shown = (name: string) => page.locator(`[data-shown=${name}]`).first().inputValue();
  const editor = () => page.getByLabel('The text of the pipeline');
  const pushWith = async (token: string) =>
    (await push(gateway.url, token, [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }])).status;

  const rate = () => dialog().getByLabel('metrics.ingestion_rate', { exact: true });
  const limit = (path: string) => page.locator(`[data-limit="${path}"]`);
  const focused = (path: string) =>
    page.evaluate(
      (wanted) => document.activeElement?.closest('[data-limit]')?.getAttribute('data-limit') === wanted,
      path,
    );
  const limitsOfShop = async () =>
    (await (await gateway.admin('GET', '/tenants/shop/limits')).json()) as {
      version: number;
      limits: Record<string, Record<string, unknown>>;
    };

  async function edit(change: (text: string) => string): Promise<void> {
    await button('Edit').click();
    await editor().fill(change(await editor().inputValue()));
  }

  let first: string;

  it('a token is made with the keyboard, shown once with the line that installs an agent, and pushes', async () => {
    await button('New token…').focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await page.keyboard.type(`web ${HOSTILE}`);
    expect(await dialog().getByLabel('Name').inputValue()).toBe(`web ${HOSTILE}`);
    await dialog().getByLabel('Name').fill(`web <script>document.title="owned"</script>`);
    await dialog().getByLabel('Labels', { exact: true }).fill('team=shop');
    await page.keyboard.press('Tab');
    await dialog().getByRole('button', { name: 'Create token' }).click();
    first = await shown('token');
    expect(first).toMatch(/^spw_[0-9a-f]{16}_[0-9a-f]{48}$/);
    expect(await shown('use')).toBe(`curl -fsSL ${gateway.url}/install.sh | sudo sh -s -- --token ${first}`);
    expect(await pushWith(first)).toBe(204);
    await button('I have it').click();
    expect(await page.content()).not.toContain(first);
    const row = page.locator('tr', { hasText: 'web <script>' });
    await row.getByText('team').waitFor();
    await row.getByText('valid').waitFor();
  });

  it('a mistake in the form is said in the words of the API, and what was typed stays', async () => {
    await button('New token…').click();
    await dialog().getByLabel('Name').fill('ci');
    await dialog().getByLabel('Labels', { exact: true }).fill('__no=x');
    await dialog().getByRole('button', { name: 'Create token' }).click();
    await dialog().getByRole('alert').getByText('does not start with "__"').waitFor();
    expect(await dialog().getByLabel('Name').inputValue()).toBe('ci');
  });

  it('what the gateway cannot do at the moment is done by a second try, with what was typed', async () => {
    await dialog().getByLabel('Labels', { exact: true }).fill('');
    const busy = { error: 'unavailable', message: 'the database does not answer' };
    await page.route('**/tenants/shop/tokens', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: busy })
        : route.continue(),
    );
    await dialog().getByRole('button', { name: 'Create token' }).click();
    await dialog().getByRole('alert').getByText(busy.message).waitFor();
    await page.unroute('**/tenants/shop/tokens');
    await dialog().getByRole('button', { name: 'Try again', exact: true }).click();
    await page.getByRole('heading', { name: 'The token ci' }).waitFor();
    await button('I have it').click();
  });

  it('a token gets another name, an end and a limit, and goes on to work', async () => {
    await button('Change ci').click();
    expect(await dialog().getByLabel('Name').inputValue()).toBe('ci');
    await dialog().getByLabel('Name').fill(`deploy ${HOSTILE}`);
    await dialog().getByLabel('Expires').selectOption('in 7 days');
    await dialog().getByText('Rates of its own').click();
    await rate().fill('many');
    await dialog().getByRole('button', { name: 'Change' }).click();
    await dialog().locator('[data-limit="metrics.ingestion_rate"]').getByText('must be a number').waitFor();
    await waitUntil('the field has the focus', () => focused('metrics.ingestion_rate'));
    expect(await dialog().getByLabel('Name').inputValue()).toBe(`deploy ${HOSTILE}`);
    await dialog().getByLabel('Name').fill('deploy');
    await rate().fill('1000');
    await dialog().getByRole('button', { name: 'Change' }).click();
    await dialog().waitFor({ state: 'hidden' });
    const row = page.locator('tr', { hasText: 'deploy' });
    await row.getByText('metrics.ingestion_rate').waitFor();
    const find = async () => {
      const { tokens } = (await (await gateway.admin('GET', '/tenants/shop/tokens')).json()) as {
        tokens: { id: string; name: string; limits: object; expiresAtMs: number | null }[];
      };
      return tokens.find(({ name }) => name === 'deploy');
    };
    const changed = await find();
    expect(changed?.limits).toEqual({ metrics: { ingestion_rate: 1000 } });
    expect(changed?.expiresAtMs).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    // What is left as it is stays.
    await button('Change deploy').click();
    expect(await rate().inputValue()).toBe('1000');
    await dialog().getByRole('button', { name: 'Take away: metrics.ingestion_rate' }).click();
    await dialog().getByRole('button', { name: 'Change' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await row.getByText('metrics.ingestion_rate').waitFor({ state: 'detached' });
    expect(await find()).toMatchObject({ limits: {}, expiresAtMs: changed?.expiresAtMs });
    // What somebody else sets meanwhile is not overwritten by what was not touched.
    await button('Change deploy').click();
    const theirs = { logs: { ingestion_rate_mb: 3 } };
    const path = `/tenants/shop/tokens/${changed?.id}`;
    expect((await gateway.admin('PUT', path, { limits: theirs })).status).toBe(200);
    await dialog().getByRole('button', { name: 'Change' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect(await find()).toMatchObject({ limits: theirs, expiresAtMs: changed?.expiresAtMs });
  });

  it('a token is rotated, both work, and a revoked one is refused', async () => {
    await button(/^Rotate web/).click();
    await dialog().getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('The old one ends in').waitFor();
    const second = await shown('token');
    expect([await pushWith(first), await pushWith(second)]).toEqual([204, 204]);
    await button('I have it').click();
    await page.getByText('replaced, ends in').waitFor();
    const old = page.locator('tr', { hasText: 'replaced, ends in' });
    await old.getByRole('button', { name: /^Revoke/ }).click();
    expect(await dialog().getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
    await dialog().getByRole('checkbox').check();
    await dialog().getByRole('button', { name: 'Revoke' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await waitUntil('the revoked token is refused', async () => (await pushWith(first)) === 401);
    expect(await pushWith(second)).toBe(204);
    await button(/^Show 1 token that ended/).click();
    await page
      .getByText('revoked just now')
      .or(page.getByText(/^revoked \d+ s ago/))
      .first()
      .waitFor();
  });

  it('what is wrong with a limit is said at its field, and what changes is shown before it is saved', async () => {
    await go('tenant=shop&section=limits');
    await limit('metrics.ingestion_rate').getByRole('textbox').fill('60k');
    await limit('metrics.accept_ha_samples').getByRole('combobox').selectOption('on');
    await page.getByLabel('Find a limit').fill('ha_samples');
    await limit('metrics.ingestion_rate').waitFor({ state: 'detached' });
    await button('Review and save…').click();
    const changes = dialog().locator('[data-change]');
    expect(await changes.allTextContents()).toEqual([
      expect.stringMatching(/^metrics\.ingestion_rate1,000,000,000 .*60k$/),
      expect.stringMatching(/^metrics\.accept_ha_samplesoff \(default\) .*on$/),
    ]);
    await dialog().getByRole('button', { name: 'Save' }).click();
    await limit('metrics.ingestion_rate').getByRole('alert').getByText('must be a number, 0 or more').waitFor();
    await page.getByText('Nothing was saved: 1 mistake.').waitFor();
    await waitUntil('the field has the focus', () => focused('metrics.ingestion_rate'));
    await page.getByLabel('Find a limit').fill('');
    expect(await limit('metrics.accept_ha_samples').getByRole('combobox').inputValue()).toBe('true');
    await limit('metrics.ingestion_rate').getByRole('textbox').fill('60000');
  });

  it('limits that somebody else has just set are not overwritten unseen, and typed ones outlive another section', async () => {
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.locator('[data-usage=metrics]').waitFor();
    await page.getByRole('link', { name: 'Limits', exact: true }).click();
    await limit('metrics.ingestion_rate').waitFor();
    expect(await limit('metrics.ingestion_rate').getByRole('textbox').inputValue()).toBe('60000');
    const before = await limitsOfShop();
    let isStale = true;
    await page.route('**/tenants/shop/limits', (route) =>
      isStale && route.request().method() === 'GET' ? route.fulfill({ json: before }) : route.continue(),
    );
    await button('Review and save…').click();
    const theirs: typeof before.limits = { ...before.limits, logs: { ...before.limits.logs, max_line_size: '64KB' } };
    expect((await gateway.admin('PUT', '/tenants/shop/limits', theirs)).status).toBe(200);
    isStale = false;
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('alert').getByText('somebody else has just set limits').waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText(`Saved as version ${before.version + 2}.`).waitFor();
    await page.unroute('**/tenants/shop/limits');
    expect((await limitsOfShop()).limits).toEqual({
      ...theirs,
      metrics: { ...theirs.metrics, ingestion_rate: 60_000, accept_ha_samples: true },
    });
  });

  it('a limit goes back to its default with the keyboard alone', async () => {
    await page.getByRole('button', { name: 'Back to default: metrics.accept_ha_samples' }).focus();
    await page.keyboard.press('Enter');
    await waitUntil('the focus is still there', () => focused('metrics.accept_ha_samples'));
    await limit('metrics.ingestion_rate').getByRole('textbox').press('Enter');
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    await limit('metrics.ingestion_rate').getByRole('textbox').press('Enter');
    await dialog().getByText('on → ').waitFor();
    await dialog().getByRole('button', { name: 'Save' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Saved as version').waitFor();
    expect((await limitsOfShop()).limits.metrics).not.toHaveProperty('accept_ha_samples');
  });

  it("a tenant's own administrator sees its limits and who sets them, and changes none", async () => {
    const own = await open(await gateway.createToken('shop', ['admin']), 'tenant=shop&section=limits');
    await own.getByText('its operators set them').waitFor();
    expect(await own.locator('[data-limit="logs.max_line_size"]').textContent()).toContain('64KB');
    expect(await own.locator('main').getByRole('textbox').count()).toBe(0);
    await own.close();
  });

  it('the last day of the usage chart is written in full', async () => {
    await go('tenant=shop&section=usage');
    for (const span of ['7 days', '30 days', '1 year']) {
      await button(span).click();
      const canvas = page.locator('.signal-metrics canvas');
      await waitUntil('the chart is drawn', () => canvas.evaluate(hasInk, 'anywhere'));
      expect(await canvas.evaluate(hasInk, 'at its right edge'), span).toBe(false);
    }
  });

  it('a secret is set and its value never comes back', async () => {
    await go('tenant=shop&section=secrets');
    await button('Set a secret…').click();
    await dialog().getByLabel('Name').fill('mimir');
    await dialog().getByLabel('Value').fill(SECRET);
    await dialog().getByRole('button', { name: 'Store' }).click();
    await page.locator('[data-secret=mimir]').getByText('nothing').waitFor();
    expect(await page.content()).not.toContain(SECRET);
  });

  it('a mistake in a pipeline is shown at its line, and nothing is saved', async () => {
    await go('tenant=shop&section=pipeline');
    await edit((text) => text.replace('"home"', 'secret("nowhere")'));
    await button('Check').click();
    const mistake = page.locator('.diagnostic-error').first();
    await mistake.getByText('nowhere').first().waitFor();
    const line = Number(await mistake.getAttribute('data-line'));
    expect((await editor().inputValue()).split('\n')[line - 1]).toContain('secret("nowhere")');
    expect(await page.locator('.editor .marked-error').count()).toBe(1);
    await button('Save').click();
    await page.getByText(/^Nothing was changed: \d+ error/).waitFor();
    expect(await editor().inputValue()).toContain('secret("nowhere")');
  });

  it('a draft outlives a look at another section', async () => {
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.locator('[data-usage=metrics]').waitFor();
    await page.getByRole('link', { name: 'Pipeline', exact: true }).click();
    expect(await editor().inputValue()).toContain('secret("nowhere")');
    await button('Throw the changes away').click();
    await page.getByText('in force').first().waitFor();
  });

  it('a change is tried on live traffic before it is saved', async () => {
    const token = await gateway.createToken('shop', ['metrics:write']);
    await edit((text) => text.replace('node_scrape_collector_.*', 'up'));
    await button('Try on live traffic').click();
    const result = page.locator('[data-dry-run]');
    const until = Date.now() + 30_000;
    while (Date.now() < until && (await result.count()) === 0) {
      expect(await pushWith(token)).toBe(204);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await result.getByText(/samples? gone$/).waitFor();
  });

  it('a version is saved with a comment, compared with the one before, and rolled back', async () => {
    await page.getByLabel('Why? For the history').fill(`no ups ${HOSTILE}`);
    await button('Save').click();
    await page.getByText('Saved as version 2.').waitFor();
    await page.locator('[data-version="2"]').getByText('no ups <script>').waitFor();
    await button('Changes of version 2').click();
    await page.locator('.diff-removed').getByText('node_scrape_collector_').waitFor();
    expect(await page.locator('.diff-added').allTextContents()).toEqual([expect.stringContaining('"up"')]);
    await button('Roll back to version 1').click();
    await dialog().getByRole('checkbox', { name: 'Yes, bring version 1 back' }).check();
    await dialog().getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('Version 1 is back, as version 3.').waitFor();
    const { versions } = (await (await gateway.admin('GET', '/tenants/shop/pipeline/versions')).json()) as {
      versions: { version: number; restores: number | null; current: boolean }[];
    };
    expect(versions[0]).toMatchObject({ version: 3, restores: 1, current: true });
  });

  it('nobody overwrites what somebody else saved meanwhile without having seen it', async () => {
    await edit((text) => `${text}\n// mine\n`);
    const theirs = `// theirs\n${siteTaggingPipeline(destination.url)}`;
    expect((await gateway.admin('PUT', '/tenants/shop/pipeline?comment=theirs', theirs)).status).toBe(200);
    await button('Save').click();
    await page.locator('.conflict .diff-added').getByText('// theirs').waitFor();
    expect(await button('Save').isDisabled()).toBe(true);
    expect(await editor().inputValue()).toContain('// mine');
    await button(/^I have seen it/).click();
    await button('Save').click();
    await page.getByText('Saved as version 5.').waitFor();
  });

  it('a version that is not good any more is not brought back, and it is said why', async () => {
    const plain = siteTaggingPipeline(destination.url);
    const reads = plain.replace('/api/v1/write"', '/api/v1/write"\n    bearer_token = secret("mimir")');
    for (const text of [reads, plain]) {
      expect((await gateway.admin('PUT', '/tenants/shop/pipeline', text)).status).toBe(200);
    }
    await page.getByRole('link', { name: 'Secrets' }).click();
    await button('Delete mimir').click();
    await dialog().getByRole('checkbox', { name: 'Yes, wipe mimir' }).check();
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await page.locator('[data-secret=mimir]').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Pipeline', exact: true }).click();
    await button('Roll back to version 6').click();
    await dialog().getByRole('checkbox').check();
    await dialog().getByRole('button', { name: 'Roll back' }).click();
    await dialog().locator('.diagnostic-error').getByText('mimir').first().waitFor();
    await dialog().getByText('Nothing was changed').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-version="7"]').getByText('in force').waitFor();
  });

  it('the audit log tells what was done here', async () => {
    await page.getByRole('link', { name: 'Audit log' }).click();
    for (const action of ['token.create', 'token.rotate', 'token.revoke', 'secret.set', 'pipeline.rollback']) {
      await page.locator(`[data-act="${action}"]`).first().waitFor();
    }
    expect(await page.content()).not.toContain(SECRET);
  });

  it('an operator is made who may only look, and sees no secret and no button that changes', async () => {
    await go('gateway=operators');
    await button('New operator…').click();
    await dialog().getByLabel('Name').fill('grace');
    await dialog()
      .getByRole('radio', { name: /^viewer/ })
      .check();
    await dialog().getByRole('button', { name: 'Create operator' }).click();
    const token = await shown('token');
    const text = siteTaggingPipeline(destination.url).replace(
      '/api/v1/write"',
      `/api/v1/write"\n    bearer_token = "${SECRET}"`,
    );
    expect((await gateway.admin('PUT', '/tenants/other/pipeline', text)).status).toBe(200);
    const viewer = await open(token, 'tenant=other&section=pipeline');
    await viewer.getByText('read-only').waitFor();
    await viewer.locator('.code').getByText('bearer_token').waitFor();
    expect(await viewer.content()).not.toContain(SECRET);
    const CHANGES =
      /edit|change…|save|new |set |rotate|revoke|delete|roll|default one|pause|resume|purge|retry|replay|clear/i;
    for (const place of [
      ...['', '&section=tokens', '&section=pipeline', '&section=secrets', '&section=limits'].map(
        (section) => `tenant=shop${section}`,
      ),
      `tenant=shop&outbox=prometheus.remote_write.store`,
      ...['tenants', 'operators', 'secrets', 'pipeline'].map((section) => `gateway=${section}`),
    ]) {
      await viewer.goto(`${gateway.url}/#${place}`);
      await viewer.locator('.card').first().waitFor();
      await waitUntil(`${place} is there`, async () => (await viewer.getByText('Asking the gateway').count()) === 0);
      expect((await viewer.getByRole('button').allTextContents()).filter((name) => CHANGES.test(name))).toEqual([]);
    }
    await viewer.close();
  });

  it('a tenant is made, and its own administrator sees it and nothing else', async () => {
    await go('gateway=tenants');
    await button('New tenant…').click();
    await dialog().getByLabel('Name').fill('lab');
    await dialog().getByRole('button', { name: 'Create tenant' }).click();
    await page.getByRole('heading', { name: 'Tokens of lab' }).waitFor();
    const own = await open(await gateway.createToken('lab', ['admin']), 'tenant=other&section=tokens');
    await own.getByText('There is no tenant other here.').waitFor();
    await own.getByRole('link', { name: 'Tokens' }).click();
    await own.getByRole('heading', { name: 'Tokens of lab' }).waitFor();
    await own.getByRole('button', { name: 'New token…' }).waitFor();
    expect(await own.getByRole('link', { name: 'Gateway' }).count()).toBe(0);
    await own.goto(`${gateway.url}/#gateway=operators`);
    await own.getByText('Waiting for the first data').waitFor();
    expect(await own.content()).not.toMatch(/tenant=(?:shop|other)/);
    await own.close();
  });

  it('tokens that push or that only scrape are told what the console takes', async () => {
    const pushes = await open(await gateway.createToken('shop', ['agent']), '');
    await pushes.getByRole('alert').getByText('may push and nothing else').waitFor();
    await pushes.close();
    const created = await gateway.admin('POST', '/operators', { name: 'prometheus', role: 'metrics' });
    const scrapes = await open(((await created.json()) as { token: string }).token, '');
    await scrapes.getByRole('alert').getByText('reads /admin/v1/metrics and nothing else').waitFor();
    await scrapes.close();
  });

  it('who waits for a gateway that is silent reads so, and can leave', async () => {
    const waits = await browser.newPage();
    await waits.route('**/admin/v1/**', () => {});
    await waits.goto(`${gateway.url}/#token=${gateway.adminToken}`);
    await waits.getByText('Asking the gateway…').waitFor();
    await waits.getByRole('button', { name: 'Sign out' }).click();
    await waits.getByRole('button', { name: 'Open the console' }).waitFor();
    expect(await waits.evaluate(() => sessionStorage.length)).toBe(0);
    await waits.close();
  });

  it('fits a phone on every page', async () => {
    await page.setViewportSize(PHONE);
    for (const place of [
      ...['tokens', 'pipeline', 'secrets', 'limits', 'usage', 'audit'].map(
        (section) => `tenant=shop&section=${section}`,
      ),
      ...['tenants', 'pipeline', 'operators', 'audit'].map((section) => `gateway=${section}`),
    ]) {
      await go(place);
      await waitUntil(`${place} is there`, async () => (await page.getByText('Asking the gateway').count()) === 0);
      expect(await page.evaluate('document.documentElement.scrollWidth'), place).toBeLessThanOrEqual(PHONE.width);
    }
  });

  it('runs no script that a name or a comment contains, and breaks no rule of its own policy', async () => {
    expect(await page.title()).not.toBe('owned');
    expect(problems).toEqual([]);
  });
});
