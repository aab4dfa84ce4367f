import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { waitUntil } from '../../test/support/wait-until.ts';
import type { HostContext } from '../context.ts';
import { systemClock } from '../runtime/clock.ts';
import { globFiles } from '../tail/glob.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { recordingLogger } from '../testing/quiet-logger.ts';
import { lokiSourceFile } from './loki-source-file.ts';

type Arguments = Parameters<typeof lokiSourceFile.create>[1];

let folder: ReturnType<typeof tempFolder>;
let stop: AbortController;
let written: string[];

beforeEach(() => {
  folder = tempFolder('source-file');
  stop = new AbortController();
  written = [];
});

afterEach(() => folder.remove());

/** Of a context no more than the component asks for. */
function context(): HostContext {
  const write = async ({ streams }: LogsBatch) => {
    for (const { entries } of streams) written.push(...entries.map(({ line }) => line));
  };
  return {
    componentId: 'loki.source.file.a',
    clock: systemClock,
    logger: recordingLogger().logger,
    telemetry: new Telemetry(),
    openLogs: () => ({ write, marks: async () => new Map() }),
  } as unknown as HostContext;
}

function args(path: string, isPattern: boolean): Arguments {
  return {
    targets: [{ __path__: path }],
    forward_to: [],
    encoding: '',
    legacy_positions_file: '',
    file_match: { enabled: isPattern, sync_period: 3_600_000, ignore_older_than: 0 },
    file_watch: { min_poll_frequency: 1, max_poll_frequency: 1 },
  } as unknown as Arguments;
}

it('follows what an update names, also where files of the pattern before were being looked for', async () => {
  const [a, b] = [join(folder.path, 'a.log'), join(folder.path, 'b.log')];
  writeFileSync(a, '');
  writeFileSync(b, '');
  const pattern = join(folder.path, '*.log');
  const component = lokiSourceFile.create(context(), args(pattern, true));
  const running = component.run?.(stop.signal);
  component.update?.(args(b, false));
  await globFiles(pattern);
  appendFileSync(b, 'a line\n');
  await waitUntil('the line is read', () => written.includes('a line'));
  expect(component.debugInfo?.()).toEqual({ files: [b] });
  stop.abort();
  await running;
});
