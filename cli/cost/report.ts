/** The answer of `spillway cost`, as text and as JSON. */
import { formatBytes, formatTable } from '../admin/table.ts';
import { bindingMeter, dayUsage, type Fleet, freeCeiling, freeShare, monthUsage } from './estimate.ts';
import { METERS, type Meter, monthlyDollars, PRICE_PAGES, PRICES_READ_ON, type Usage } from './prices.ts';

export type Plan = 'free' | 'paid';

const NAMES: Readonly<Record<Meter, string>> = {
  worker_requests: 'Worker requests',
  cpu_ms: 'CPU-ms',
  object_requests: 'object requests',
  object_gb_seconds: 'object GB-s',
  rows_read: 'rows read',
  rows_written: 'rows written',
  storage_bytes: 'storage',
};

export interface CostReport {
  readonly fleet: Fleet;
  readonly plan: Plan;
  readonly prices_read_on: string;
  readonly normal_day: DayReport;
  readonly outage_day: DayReport;
  readonly dollars_per_month: { readonly normal: number; readonly with_one_outage: number };
}

export interface DayReport {
  readonly usage: Usage;
  readonly share_of_free_plan: Readonly<Partial<Record<Meter, number>>>;
  readonly binds_first: Meter;
  /** The most hosts whose day like this stays within the free plan. */
  readonly free_plan_hosts: number;
}

export function costReport(fleet: Fleet, plan: Plan): CostReport {
  const normal = { ...fleet, outageSeconds: 0 };
  return {
    fleet,
    plan,
    prices_read_on: PRICES_READ_ON,
    normal_day: dayReport(normal),
    outage_day: dayReport(fleet),
    dollars_per_month: {
      normal: cents(monthlyDollars(monthUsage(normal))),
      with_one_outage: cents(monthlyDollars(monthUsage(fleet))),
    },
  };
}

function dayReport(fleet: Fleet): DayReport {
  const exact = dayUsage(fleet);
  const usage = Object.fromEntries(METERS.map((meter) => [meter, Math.round(exact[meter])])) as unknown as Usage;
  const shares = METERS.flatMap((meter) => {
    const share = freeShare(exact, meter);
    return share === undefined ? [] : [[meter, Math.round(share * 1000) / 1000] as const];
  });
  return {
    usage,
    share_of_free_plan: Object.fromEntries(shares),
    binds_first: bindingMeter(exact).meter,
    free_plan_hosts: freeCeiling(fleet),
  };
}

export function costText(report: CostReport): string {
  const { fleet, plan, normal_day: normal, outage_day: outage, dollars_per_month: dollars } = report;
  const free = plan === 'free';
  const cell = (day: DayReport, meter: Meter) => {
    const share = day.share_of_free_plan[meter];
    const amount = meter === 'storage_bytes' ? formatBytes(day.usage[meter]) : day.usage[meter].toLocaleString('en-US');
    return free && share !== undefined ? [amount, percent(share)] : free ? [amount, ''] : [amount];
  };
  const hours = Math.round((fleet.outageSeconds / 3600) * 10) / 10;
  const share = free ? ['of free'] : [];
  const table = formatTable(
    ['in one day', 'normal', ...share, `outage of ${hours} h`, ...share],
    METERS.map((meter) => [NAMES[meter], ...cell(normal, meter), ...cell(outage, meter)]),
  );
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const about = `${many(fleet.hosts, 'host')}, a push of ${fleet.series} series every ${fleet.pushIntervalSeconds} s, ${many(fleet.destinations, 'destination')}`;
  const verdict = free
    ? [
        `Free plan, normal running: ${bindsFirst(normal)}`,
        `Free plan, a day with this outage: ${bindsFirst(outage)}`,
        'Beyond a limit the platform refuses until 00:00 UTC: the gateway answers 503 and agents keep their data on disk.',
      ]
    : [
        `Paid plan: $${dollars.normal.toFixed(2)} a month, $${dollars.with_one_outage.toFixed(2)} in a month with one such day.`,
      ];
  const source = `Operations are measured, prices of ${report.prices_read_on}: ${PRICE_PAGES.join(' ')}`;
  return [about, '', table, '', ...verdict, source, ''].join('\n');
}

function bindsFirst({ binds_first, free_plan_hosts, share_of_free_plan }: DayReport): string {
  const share = percent(share_of_free_plan[binds_first] ?? 0);
  return `up to ${free_plan_hosts} hosts; of this fleet's, ${NAMES[binds_first]} come nearest to their limit, at ${share}.`;
}

function percent(share: number): string {
  return share > 0 && share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
