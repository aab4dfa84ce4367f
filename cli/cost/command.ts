/** `spillway cost`: what a fleet costs on the platform, on a normal day and on one with an outage. Asks nobody anything. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { costReport, costText, type Plan } from './report.ts';

const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: DAY_SECONDS };

interface CostOptions {
  readonly hosts: number;
  readonly pushInterval: number;
  readonly destinations: number;
  readonly series: number;
  readonly isolates: number;
  readonly outage: number;
  readonly plan: Plan;
  readonly json?: boolean;
}

export function addCostCommand(program: Command): void {
  program
    .command('cost')
    .description('what a fleet of agents costs on the platform, on a normal day and on one with an outage')
    .option('--hosts <n>', 'how many agents push', count, 10)
    .addOption(
      new Option('--push-interval <duration>', 'how often each pushes, such as 15s')
        .argParser(interval)
        .default(60, '1m'),
    )
    .option('--destinations <n>', 'to how many destinations everything goes', count, 1)
    .option('--series <n>', 'series in one push', count, 500)
    .option('--isolates <n>', 'isolates of the platform that the pushes are spread over', count, 1)
    .addOption(
      new Option('--outage <duration>', 'how long every destination is gone, at most 24h')
        .argParser(outage)
        .default(DAY_SECONDS, '24h'),
    )
    .addOption(new Option('--plan <plan>', 'the plan').choices(['free', 'paid']).default('free'))
    .option('--json', 'print JSON')
    .action(({ hosts, pushInterval, destinations, series, isolates, outage, plan, json }: CostOptions) => {
      const fleet = { hosts, pushIntervalSeconds: pushInterval, destinations, series, isolates, outageSeconds: outage };
      const report = costReport(fleet, plan);
      process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : costText(report));
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

function interval(text: string): number {
  const seconds = duration(text);
  if (seconds < 1) throw new InvalidArgumentError('It must be at least 1s.');
  return seconds;
}

function outage(text: string): number {
  const seconds = duration(text);
  if (seconds > DAY_SECONDS) throw new InvalidArgumentError('It must be at most 24h: the limits are those of a day.');
  return seconds;
}

function duration(text: string): number {
  const [, amount, unit] = /^(\d+)(s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new InvalidArgumentError('It must be like 30s, 5m or 24h.');
  return Number(amount) * (UNIT_SECONDS[unit] as number);
}
