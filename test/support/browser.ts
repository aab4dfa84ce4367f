/** A headless Chromium for the tests of pages: those that need it are skipped where requirePeer('chromium') says so. */
import { type Browser, chromium } from 'playwright-core';
import { peer } from './peers.ts';

/** Nothing that a browser does of its own accord: updates, synchronisation, first-run pages. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(): Promise<Browser> {
  const installed = peer('chromium');
  if (installed === undefined) throw new Error('there is no chromium here');
  return chromium.launch({
    executablePath: installed.path,
    env: { ...(process.env as Record<string, string>), ...installed.env },
    args: ARGUMENTS,
  });
}
