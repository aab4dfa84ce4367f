/**
 * Table `auth-timing`: does the time of a refusal tell how much of a guessed token is right? Welch's t between guesses
 * whose first 47 of 48 characters are right and random ones; beyond 4.5 the times are told apart (TVLA's threshold).
 */
import { Agent, request } from 'node:http';
import { startGateway } from '../cli/serve.ts';
import { freePort } from '../test/support/ports.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { createTokenParts, sameSecret, sha256Hex } from '../worker/auth/token.ts';
import type { Row, RunOptions, Table } from './table.ts';

const SAMPLES = 100_000;
const THRESHOLD = 4.5;
/** Comparisons of one sample: one alone is shorter than the clock's tick. */
const COMPARISONS = 8;
/** The slowest of each side are collections of garbage and other programs, as in dudect. */
const KEPT = 0.95;
const ADMIN_TOKEN = 'admin-token-of-the-benchmark';

export const authTimingTable: Table = {
  name: 'auth-timing',
  title: `Times of refused tokens, |t| of ${SAMPLES.toLocaleString('en')} samples`,
  // The gateway bundles itself when it starts.
  bundles: [],
  run: runAuthTiming,
};

type Guess = 'prefix' | 'random';
type Times = Record<Guess, number[]>;

async function runAuthTiming({ progress }: RunOptions): Promise<readonly Row[]> {
  const { secret } = createTokenParts();
  const digest = sha256Hex(secret);
  const hashed = compared(secret, (guess) => sameSecret(guess, digest));
  progress(`comparisons: t = ${welch(hashed).toFixed(2)}`);
  const naive = compared(secret, (guess) => sameByCharacters(guess, secret));
  progress(`comparisons that end at the first difference: t = ${welch(naive).toFixed(2)}`);
  const pushes = await pushed(progress);
  progress(`pushes: t = ${welch(pushes).toFixed(2)}`);
  return [
    {
      name: 'comparison',
      ours: Math.abs(welch(hashed)),
      peer: Math.abs(welch(naive)),
      unit: '|t|',
      what: 'digests, to the last character | the secrets themselves, to the first difference',
    },
    {
      name: 'push',
      ours: Math.abs(welch(pushes)),
      peer: THRESHOLD,
      unit: '|t|',
      what: `a push over loopback that is answered 401 | the threshold`,
    },
  ];
}

/** What must not be done, to show that the measurement would see it. */
function sameByCharacters(given: string, expected: string): boolean {
  for (let i = 0; i < expected.length; i++) if (given.charCodeAt(i) !== expected.charCodeAt(i)) return false;
  return true;
}

function compared(secret: string, same: (guess: string) => boolean): Times {
  const times: Times = { prefix: [], random: [] };
  let matched = 0;
  // The first are compiled while they run.
  for (let i = -SAMPLES / 10; i < SAMPLES; i++) {
    const kind = coin();
    const guess = guessed(secret, kind);
    const startNs = process.hrtime.bigint();
    for (let j = 0; j < COMPARISONS; j++) matched += Number(same(guess));
    const tookNs = Number(process.hrtime.bigint() - startNs);
    if (i >= 0) times[kind].push(tookNs);
  }
  if (matched > 0) throw new Error('a guess was right');
  return times;
}

async function pushed(progress: RunOptions['progress']): Promise<Times> {
  const folder = tempFolder('auth-timing');
  const port = await freePort();
  const gateway = await startGateway({
    dataDir: folder.path,
    host: '127.0.0.1',
    port,
    adminToken: ADMIN_TOKEN,
    secretsKey: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
    allowPrivateDestinations: true,
    logger: { info: () => {}, warn: () => {} },
    settings: { AUTH_FAILURES_PER_MINUTE: String(Number.MAX_SAFE_INTEGER) },
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const token = await createToken(gateway.url);
    const [, id = '', secret = ''] = token.split('_');
    const times: Times = { prefix: [], random: [] };
    for (let i = -SAMPLES / 100; i < SAMPLES; i++) {
      const kind = coin();
      const guess = `spw_${id}_${guessed(secret, kind)}`;
      const startNs = process.hrtime.bigint();
      const status = await push(agent, port, guess);
      const tookNs = Number(process.hrtime.bigint() - startNs);
      if (status !== 401) throw new Error(`a guess was answered ${status}`);
      if (i >= 0) times[kind].push(tookNs);
      if (i > 0 && i % (SAMPLES / 4) === 0) progress(`${i} pushes`);
    }
    return times;
  } finally {
    agent.destroy();
    await gateway.stop();
    folder.remove();
  }
}

async function createToken(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
  const send = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${url}/admin/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
    return answer.json();
  };
  await send('tenants', { name: 'bench' });
  const made = await send('tenants/bench/tokens', { name: 'bench', scopes: ['metrics:write'] });
  return (made as { token: string }).token;
}

function push(agent: Agent, port: number, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-length': 0 };
    const options = { agent, host: '127.0.0.1', port, method: 'POST', path: '/api/v1/push', headers };
    const sent = request(options, (response) => response.resume().on('end', () => resolve(response.statusCode)));
    sent.on('error', reject).end();
  });
}

/** Both kinds are made in one way, so that the text itself is no difference. */
function guessed(secret: string, kind: Guess): string {
  const sources = { prefix: Buffer.from(secret, 'latin1'), random: Buffer.from(createTokenParts().secret, 'latin1') };
  const bytes = sources[kind];
  bytes[47] = bytes[47] === 0x30 ? 0x31 : 0x30;
  return bytes.toString('latin1');
}

function coin(): Guess {
  return Math.random() < 0.5 ? 'prefix' : 'random';
}

function welch({ prefix, random }: Times): number {
  const [a, b] = [statistics(prefix), statistics(random)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
}

function statistics(times: readonly number[]): { mean: number; variance: number; count: number } {
  const kept = [...times].sort((a, b) => a - b).slice(0, Math.floor(times.length * KEPT));
  const count = kept.length;
  const mean = kept.reduce((sum, time) => sum + time, 0) / count;
  const variance = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0) / (count - 1);
  return { mean, variance, count };
}
