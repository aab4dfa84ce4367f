/** Rules of OpenTelemetry processors that look at several arguments at once. */
import { isGiven, need, needOneOf, needPositive } from './rules.ts';

/** What is capitalised or not is one action to Alloy. */
export function attributeAction(
  args: { action: string; key?: string | undefined; pattern?: string | undefined },
  path: string,
): void {
  const action = args.action.toLowerCase();
  if (action === 'delete' || action === 'hash') {
    need(isGiven(args.key) || isGiven(args.pattern), path, '', `the action ${action} requires key or pattern`);
  } else need(isGiven(args.key), path, '', `the action ${action} requires key`);
}

type MemoryLimits = Readonly<Record<'check_interval' | 'limit_percentage' | 'spike_limit_percentage', number>> &
  Readonly<Partial<Record<'limit' | 'spike_limit', number | undefined>>>;

export function memoryLimits(args: MemoryLimits, path: string): void {
  const { limit = 0, spike_limit = 0, limit_percentage, spike_limit_percentage } = args;
  needPositive(args, path, 'check_interval');
  need(limit > 0 || limit_percentage > 0, path, '', 'one of limit, limit_percentage must be greater than 0');
  need(
    limit === 0 || limit_percentage === 0,
    path,
    'limit_percentage',
    'only one of limit, limit_percentage may be set',
  );
  if (limit > 0) need(spike_limit < limit, path, 'spike_limit', 'must be less than limit');
  else {
    const isShare = (value: number) => value > 0 && value <= 100;
    need(isShare(limit_percentage), path, 'limit_percentage', 'must be from 1 to 100');
    need(isShare(spike_limit_percentage), path, 'spike_limit_percentage', 'must be from 1 to 100');
  }
}

interface MetricMatch {
  readonly metrics?: readonly string[] | undefined;
  readonly match_type?: string | undefined;
  readonly metric_types?: readonly string[] | undefined;
}

export function metricMatch(args: MetricMatch, path: string): void {
  const { metrics, match_type, metric_types = [] } = args;
  need(!isGiven(metrics) || isGiven(match_type), path, 'metrics', 'match_type must be set with metrics');
  need(isGiven(metrics) || !isGiven(match_type), path, 'match_type', 'metrics must be given with match_type');
  if (isGiven(match_type)) need(/^(strict|regexp)$/.test(match_type!), path, 'match_type', 'must be strict or regexp');
  for (const type of metric_types) {
    need(type === 'sum' || type === 'histogram', path, 'metric_types', 'must be of sum, histogram');
  }
}

export function spanStatus(args: { code: string; description?: string | undefined }, path: string): void {
  needOneOf(args, path, 'code', 'Ok', 'Error', 'Unset');
  need(args.code === 'Error' || !isGiven(args.description), path, 'description', 'is only for the code Error');
}
