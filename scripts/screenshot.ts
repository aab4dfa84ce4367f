/**
 * Makes docs/screenshot.png: the console and the receiver's page of a real `npm start`, with this host's own metrics and
 * logs and with spans of the requests that this script makes. Takes about two minutes, most of it for the charts to fill.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { freePort } from '../cli/ports.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { peer } from '../test/support/peers.ts';

const ROOT = join(import.meta.dirname, '..');
const OUTPUT = join(ROOT, 'docs/screenshot.png');
const HOST = '127.0.0.1';
const FILL_MS = Number(process.env.SCREENSHOT_SECONDS ?? 110) * 1000;
const VIEW = { width: 1240, height: 900 };

interface Ports {
  readonly gateway: number;
  readonly receiver: number;
  readonly agent: number;
  readonly otlp: number;
}

if (peer('chromium') === undefined) throw new Error('there is no Chromium: run `node scripts/fetch-peers.mjs` first');

const folder = mkdtempSync(join(tmpdir(), 'spillway-screenshot-'));
const ports: Ports = {
  gateway: await freePort(HOST),
  receiver: await freePort(HOST),
  agent: await freePort(HOST),
  otlp: await freePort(HOST),
};
const child = startEverything(join(folder, 'state'), ports);
try {
  await untilFlowing(child);
  await sendSpansFor(FILL_MS, ports);
  const browser = await launchBrowser();
  try {
    await takeScreenshot(browser, join(folder, 'state'), ports);
  } finally {
    await browser.close();
  }
  console.log(`wrote ${OUTPUT}`);
} finally {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGTERM')) await gone;
  rmSync(folder, { recursive: true });
}

/** With a PATH of its own, so that the picture is the same where a prometheus is installed. */
function startEverything(state: string, { gateway, receiver, agent, otlp }: Ports): ChildProcess {
  const flags = { port: gateway, 'receiver-port': receiver, 'agent-port': agent, 'otlp-port': otlp, state };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn(process.execPath, [join(ROOT, 'bin/spillway.mjs'), 'start', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: dirname(process.execPath) },
  });
}

async function untilFlowing(starter: ChildProcess): Promise<void> {
  let output = '';
  starter.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  while (!output.includes('Data is flowing')) {
    if (starter.exitCode !== null) throw new Error(`npm start ended with ${starter.exitCode}:\n${output}`);
    await sleep(200);
  }
}

/** Asks the pages for what a person would, and sends a span of each request through the agent. */
async function sendSpansFor(durationMs: number, { gateway, receiver, otlp }: Ports): Promise<void> {
  const end = Date.now() + durationMs;
  const addresses = [`http://${HOST}:${receiver}/api/v1/summary`, `http://${HOST}:${gateway}/-/ready`];
  for (let i = 0; Date.now() < end; i++) {
    const address = addresses[i % addresses.length] as string;
    const startNs = BigInt(Date.now()) * 1_000_000n;
    const began = process.hrtime.bigint();
    const { status } = await fetch(address);
    const endNs = startNs + (process.hrtime.bigint() - began);
    await fetch(`http://${HOST}:${otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(traceOf(`GET ${new URL(address).pathname}`, startNs, endNs, status)),
    });
    await sleep(700);
  }
}

function traceOf(name: string, startNs: bigint, endNs: bigint, status: number): object {
  const span = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name,
    kind: 3,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(endNs),
    attributes: [{ key: 'http.response.status_code', value: { intValue: String(status) } }],
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'screenshot' } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] };
}

async function takeScreenshot(browser: Browser, state: string, { gateway, receiver }: Ports): Promise<void> {
  const { adminToken } = JSON.parse(readFileSync(join(state, 'admin.json'), 'utf8')) as { adminToken: string };
  const console = await capture(browser, `http://${HOST}:${gateway}/#token=${adminToken}`, '.chart-plot canvas');
  const received = await capture(browser, `http://${HOST}:${receiver}/`, '.series');
  const page = await browser.newPage({ viewport: { width: VIEW.width + 48, height: 2 * VIEW.height + 72 } });
  const images = [console, received]
    .map((png) => `<img src="data:image/png;base64,${png.toString('base64')}">`)
    .join('');
  await page.setContent(
    `<style>body{margin:0;padding:24px;background:#dfe3e1;display:grid;gap:24px}
    img{width:${VIEW.width}px;border-radius:10px;box-shadow:0 6px 24px rgb(0 0 0/16%)}</style>${images}`,
  );
  writeFileSync(OUTPUT, await page.screenshot());
}

async function capture(browser: Browser, url: string, readySelector: string): Promise<Buffer> {
  const page = await browser.newPage({ viewport: VIEW, colorScheme: 'light' });
  await page.goto(url);
  await page.waitForSelector(readySelector);
  await sleep(2_500);
  const png = await page.screenshot();
  await page.close();
  return png;
}
