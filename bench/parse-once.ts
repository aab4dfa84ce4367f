/** `node bench/parse-once.ts alloy|yaml`: parses one text of 64 kB once, as a process that starts does, and prints the milliseconds. */
import { parseFile } from '../core/alloy/parser.ts';
import { configOfBytes, largeConfig, largeScrapeConfig } from './startup-config.ts';

const BYTES = 64 * 1024;
const kind = process.argv[2];
const yaml = kind === 'yaml' ? await import('yaml') : undefined;
const text =
  yaml === undefined
    ? configOfBytes(BYTES, (i) => largeConfig(`/var/log/${i}`, 1)).slice(0, BYTES)
    : configOfBytes(BYTES, () => largeScrapeConfig(10).replace('scrape_configs:', '')).slice(0, BYTES);
const startedAtMs = performance.now();
if (yaml === undefined) parseFile(text, 'bench.alloy');
else yaml.parseDocument(`scrape_configs:${text}`);
console.log(performance.now() - startedAtMs);
