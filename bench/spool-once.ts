/**
 * `node bench/spool-once.ts FOLDER append|replay|raw_write|raw_read BYTES PAYLOAD_BYTES`: does that once in a new process and
 * prints MB/s. `raw_*` is the disk's own rate: the same sizes in one file, with fdatasync after each write.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '../agent-lite/spool/file-system.ts';
import { Spool } from '../agent-lite/spool/spool.ts';
import { spoolDefaults } from '../agent-lite/spool/spool-types.ts';

const [folder = '', what = '', total = '', each = ''] = process.argv.slice(2);
const totalBytes = Number(total);
const payloadBytes = Number(each);
const count = Math.floor(totalBytes / payloadBytes);
const PEEK_BYTES = 1024 * 1024;

const body = new Uint8Array(payloadBytes);
for (let i = 0; i < body.length; i++) body[i] = (i * 31 + (i >> 8)) & 0xff;

async function openSpool(): Promise<Spool> {
  const platform = {
    fs: nodeFileSystem,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    after: () => undefined,
    randomSalt: () => 1,
  };
  const quiet = { delivered() {}, rejected() {}, dropped() {}, warning() {} };
  return Spool.open({ ...spoolDefaults, folder: join(folder, 'spool') }, platform, quiet);
}

async function append(): Promise<void> {
  const spool = await openSpool();
  const payload = {
    signal: 'metrics',
    contentType: 'application/x-protobuf',
    contentEncoding: 'snappy',
    items: 1,
  } as const;
  for (let i = 0; i < count; i++) await spool.append([{ ...payload, body }], [], 'refuse');
  await spool.close();
}

/** As a drain does: looks at a request's worth, then lets it go. */
async function replay(): Promise<void> {
  const spool = await openSpool();
  let left = count;
  while (left > 0) {
    const payloads = await spool.peek(PEEK_BYTES);
    if (payloads.length === 0) throw new Error(`${left} payloads are missing`);
    left -= payloads.length;
    await spool.acknowledge(payloads.at(-1)!.sequence);
  }
  await spool.close();
}

async function rawWrite(): Promise<void> {
  const file = await open(join(folder, 'raw'), 'w');
  for (let i = 0; i < count; i++) {
    await file.write(body, 0, body.length, i * payloadBytes);
    await file.datasync();
  }
  await file.close();
}

async function rawRead(): Promise<void> {
  const file = await open(join(folder, 'raw'), 'r');
  for (let i = 0; i < count; i++) await file.read(body, 0, body.length, i * payloadBytes);
  await file.close();
}

async function start(): Promise<void> {
  const spool = await openSpool();
  if (spool.depth().payloads !== count) throw new Error(`${spool.depth().payloads} of ${count} payloads are there`);
  await spool.close();
}

const jobs: Readonly<Record<string, () => Promise<void>>> = {
  append,
  replay,
  raw_write: rawWrite,
  raw_read: rawRead,
  start,
};
const job = jobs[what];
if (job === undefined) throw new Error(`there is no job ${what}`);
const startedAtMs = performance.now();
await job();
const seconds = (performance.now() - startedAtMs) / 1000;
console.log(what === 'start' ? seconds * 1000 : (count * payloadBytes) / 1e6 / seconds);
