/** `spillway pipeline dry-run FILE --tenant T`: what a text would do to what arrives now, beside the current pipeline. */
import { type Command, InvalidArgumentError } from 'commander';
import { readPipelineFile, refusedWith, shownName } from './pipelines.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatTable, plural, printable } from './table.ts';

interface DryRunOptions extends AdminOptions {
  readonly tenant: string;
  readonly seconds: number;
}

interface Counted {
  readonly items: number;
  readonly different: number;
}

interface LostJson {
  readonly signal: string;
  readonly component: string;
  readonly reason: string;
  readonly current: number;
  readonly candidate: number;
}

export interface DryRunJson {
  readonly currentVersion: number | null;
  readonly isDefault: boolean;
  readonly diagnostics: readonly { readonly excerpt: string }[];
  readonly sample: {
    readonly seconds: number;
    readonly pushes: number;
    readonly cutPushes: number;
    readonly isFull: boolean;
    readonly leftOut: number;
    readonly items: Readonly<Record<string, number>>;
  };
  readonly destinations: readonly {
    readonly destination: string;
    readonly signal: string;
    readonly current: Counted;
    readonly candidate: Counted;
    readonly changed: number;
    readonly gone: number;
    readonly added: number;
    readonly examples: readonly {
      readonly input?: string;
      readonly current: string | null;
      readonly candidate: string | null;
    }[];
  }[];
  readonly dropped: readonly LostJson[];
  readonly rejected: readonly LostJson[];
}

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 25;
/** What a shell makes of SIGINT. */
const EXIT_INTERRUPTED = 130;
const MARGIN_MS = 30_000;
const UNITS: Readonly<Record<string, string>> = {
  metrics: 'sample',
  logs: 'line',
  traces: 'span',
  profiles: 'profile',
};

export function addDryRunCommand(pipeline: Command): void {
  const command = pipeline
    .command('dry-run')
    .argument('<file>', 'a pipeline in Alloy syntax; - reads the standard input')
    .requiredOption('--tenant <name>', 'the tenant')
    .option(
      '--seconds <number>',
      `how long to look at what arrives, 1 to ${MAX_SECONDS}`,
      parseSeconds,
      DEFAULT_SECONDS,
    )
    .description('compare a pipeline with the current one on what arrives now; nothing is sent and nothing is changed');
  adminAction<DryRunOptions>(command, async (client, { tenant, seconds }, [file = '-']) => {
    const text = readPipelineFile(file);
    const query = new URLSearchParams({ filename: shownName(file), seconds: String(seconds) });
    const path = `tenants/${encodeURIComponent(tenant)}/pipeline/dry-run?${query}`;
    const stop = showProgress(seconds);
    try {
      const timeoutMs = seconds * 1000 + MARGIN_MS;
      const answer = await refusedWith(`${file} was not tried`, () =>
        client.json<DryRunJson>(path, { method: 'POST', text, timeoutMs }),
      );
      return { json: answer, text: formatDryRun(answer, { tenant, file }) };
    } finally {
      stop();
    }
  });
}

/** A sentence a second on a terminal; nothing where nobody watches. */
function showProgress(seconds: number): () => void {
  const { stderr } = process;
  if (stderr.isTTY !== true) return () => {};
  let passed = 0;
  const show = () => stderr.write(`\rlooking at what arrives: ${Math.min(passed++, seconds)} of ${seconds} s `);
  show();
  const timer = setInterval(show, 1000);
  const clear = () => {
    clearInterval(timer);
    stderr.write('\r\u001b[K');
  };
  const interrupted = () => {
    clear();
    stderr.write('stopped: nothing was sent and nothing was changed\n');
    process.exit(EXIT_INTERRUPTED);
  };
  process.once('SIGINT', interrupted);
  return () => {
    process.off('SIGINT', interrupted);
    clear();
  };
}

export function formatDryRun(answer: DryRunJson, { tenant, file }: { tenant: string; file: string }): string {
  const { sample, destinations, dropped, rejected, diagnostics } = answer;
  const parts = diagnostics.map(({ excerpt }) => excerpt.trimEnd());
  if (sample.pushes === 0) {
    const hint = 'Try a longer --seconds, or when the agents of the tenant run.';
    return [
      ...parts,
      `no push of tenant ${tenant} was seen in ${sample.seconds} s, so there is nothing to compare. ${hint}`,
    ].join('\n\n');
  }
  parts.push(head(answer, tenant, file));
  if (destinations.length > 0) parts.push(destinationTable(destinations));
  parts.push(...destinations.filter(({ examples }) => examples.length > 0).map(examplesOf));
  if (dropped.length > 0) parts.push(lostTable('dropped by', dropped));
  if (rejected.length > 0) parts.push(lostTable('refused', rejected));
  parts.push(verdict(answer));
  return parts.join('\n\n');
}

function head({ currentVersion, isDefault, sample }: DryRunJson, tenant: string, file: string): string {
  const items = Object.entries(sample.items).map(([signal, count]) => plural(count, UNITS[signal] ?? 'item'));
  const which =
    currentVersion === null ? 'no pipeline' : `${isDefault ? 'default pipeline ' : ''}version ${currentVersion}`;
  const limits = [
    ...(sample.isFull ? ['there were more pushes, and these were enough'] : []),
    ...(sample.cutPushes > 0 ? [`${plural(sample.cutPushes, 'push').replace(/pushs$/, 'pushes')} cut at 256 KiB`] : []),
    ...(sample.leftOut > 0 ? [`${sample.leftOut} items left out`] : []),
  ];
  return [
    `tenant ${tenant}: ${which} beside ${file}`,
    `a sample of ${sample.seconds} s: ${sample.pushes} ${sample.pushes === 1 ? 'push' : 'pushes'}, ${items.join(', ')}${limits.length > 0 ? ` (${limits.join('; ')})` : ''}`,
  ].join('\n');
}

function destinationTable(destinations: DryRunJson['destinations']): string {
  const side = ({ items, different }: Counted) => (items === 0 ? '-' : `${items} (${different} different)`);
  const rows = destinations.map((one) => [
    one.destination,
    one.signal,
    side(one.current),
    side(one.candidate),
    ...[one.changed, one.gone, one.added].map((count) => (count === 0 ? '' : String(count))),
  ]);
  return formatTable(['DESTINATION', 'SIGNAL', 'NOW', 'WITH THE FILE', 'CHANGED', 'GONE', 'NEW'], rows);
}

function examplesOf({ destination, examples }: DryRunJson['destinations'][number]): string {
  const lines = examples.flatMap(({ input, current, candidate }) => {
    const cameAs = input === undefined || input === current ? [] : [`    came  ${printable(input)}`];
    return [
      ...cameAs,
      `  - ${current === null ? '(not sent)' : printable(current)}`,
      `  + ${candidate === null ? '(not sent)' : printable(candidate)}`,
    ];
  });
  return [`${destination}, for example:`, ...lines].join('\n');
}

function lostTable(title: string, lost: readonly LostJson[]): string {
  const rows = lost.map(({ signal, component, reason, current, candidate }) => [
    component === '' ? reason : `${component} (${reason})`,
    signal,
    String(current),
    String(candidate),
  ]);
  return formatTable([title.toUpperCase(), 'SIGNAL', 'NOW', 'WITH THE FILE'], rows);
}

function verdict({ destinations, rejected }: DryRunJson): string {
  const differs = destinations.some(({ changed, gone, added }) => changed + gone + added > 0);
  const refuses = rejected.some(({ current, candidate }) => current !== candidate);
  if (!differs && !refuses) return 'no difference for what was seen; what did not arrive meanwhile is not in it';
  return 'nothing was sent and nothing was changed; what did not arrive meanwhile is not in it';
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError(`It is a number from 1 to ${MAX_SECONDS}.`);
}
