/** An agent in the process of a test, on the real clock, with its storage in the folder of the test. */
import { join } from 'node:path';
import { systemClock } from '../runtime/clock.ts';
import { AgentHost, type HostOptions } from '../runtime/host.ts';
import { recordingLogger } from './quiet-logger.ts';

export function testHost(folder: string, options: Partial<HostOptions> = {}): AgentHost {
  return new AgentHost({
    storagePath: join(folder, 'data'),
    listenAddress: '127.0.0.1:12345',
    minStability: 'generally-available',
    clock: systemClock,
    logger: recordingLogger().logger,
    logSettings: { level: 'info', format: 'logfmt' },
    ...options,
  });
}
