/** The command `agent-lite`. Each subcommand is loaded when it is used, so that none pays for another. */

import { VERSION } from '../core/version.ts';
import type { CommandIo } from './commands/command-io.ts';

const USAGE = `agent-lite collects metrics, logs and traces on a host and pushes them in batches.

Usage:
  agent-lite run [flags] PATH        run a configuration
  agent-lite validate [flags] PATH   check a configuration without running it
  agent-lite fmt [flags] [FILE|-]    format a configuration
  agent-lite convert [flags] [FILE]  convert a configuration of Prometheus, Promtail or Grafana Agent
  agent-lite test [flags] PATH       show what a configuration makes of samples, log lines or targets
  agent-lite help [COMMAND]          more about a command
  agent-lite --version

The configuration language is Grafana Alloy's.
`;

export async function main(args: readonly string[]): Promise<number> {
  const [command = 'help', ...rest] = args;
  switch (command) {
    case 'run': {
      const { runAgent } = await import('./commands/run.ts');
      return runAgent(rest, await processIo(), process);
    }
    case 'validate': {
      const { runValidate } = await import('./commands/validate.ts');
      const { hostRegistry } = await import('./components/registry.ts');
      const { hostBlocks } = await import('./runtime/logging-block.ts');
      const blocks = hostBlocks({ level: 'info', format: 'logfmt' });
      return runValidate(rest, await processIo(), hostRegistry, blocks);
    }
    case 'test': {
      const { runTest } = await import('./commands/test.ts');
      const { hostTestEnvironment } = await import('./commands/test-environment.ts');
      return runTest(rest, await processIo(), hostTestEnvironment(process.stdout.isTTY === true));
    }
    case 'fmt':
    case 'format': {
      const { runFmt } = await import('./commands/fmt.ts');
      return runFmt(rest, await processIo());
    }
    case 'convert': {
      const { runConvert } = await import('./commands/convert.ts');
      const { hostConvertSettings } = await import('./commands/convert-settings.ts');
      return runConvert(rest, await processIo(), hostConvertSettings());
    }
    case 'help':
    case '-h':
    case '--help':
      if (rest[0] !== undefined && rest[0] !== 'help' && !rest[0].startsWith('-')) return main([rest[0], '--help']);
      process.stdout.write(USAGE);
      return 0;
    case '-v':
    case '--version':
      process.stdout.write(
        `agent-lite, version ${VERSION} (node ${process.version}, ${process.platform}/${process.arch})\n`,
      );
      return 0;
    default:
      process.stderr.write(`Error: unknown command ${JSON.stringify(command)} for "agent-lite"\n\n${USAGE}`);
      return 1;
  }
}

async function processIo(): Promise<CommandIo> {
  const { nodeIo } = await import('./commands/node-io.ts');
  return nodeIo;
}
