/** Scrapes and file targets that cannot work, or that do the same work twice. */
import type { ObjectExpression } from '../../alloy/ast.ts';
import { parseDuration } from '../../alloy/duration.ts';
import { spanText } from '../../alloy/source.ts';
import { insideLiteral } from '../literal.ts';
import type { LintNode } from '../model.ts';
import type { LintInput, LintRule, Report } from '../rule.ts';
import { attribute, blocksNamed, type Reader } from '../syntax.ts';
import { targetField, targetObjects } from '../targets.ts';

export const timeoutExceedsInterval: LintRule = {
  name: 'timeout_exceeds_interval',
  check({ model, read }, report) {
    for (const node of model.components('prometheus.scrape')) {
      const interval = durationOf(node, 'scrape_interval', '60s', read);
      const timeout = durationOf(node, 'scrape_timeout', '10s', read);
      if (interval === undefined || timeout === undefined || timeout.ms <= interval.ms) continue;
      const given = attribute(node.block, 'scrape_timeout') ?? attribute(node.block, 'scrape_interval');
      const which = attribute(node.block, 'scrape_timeout') ? '' : ', the default';
      report(
        (given ?? node.block).span,
        `scrape_timeout (${timeout.text}${which}) is longer than scrape_interval (${interval.text}), and the component refuses that`,
        {
          hint: `set scrape_timeout to at most ${interval.text}`,
        },
      );
    }
  },
};

function durationOf(node: LintNode, name: string, fallback: string, read: Reader) {
  const text = read.attributeText(node.block, name, fallback);
  if (text === undefined) return undefined;
  try {
    return { text, ms: parseDuration(text) };
  } catch {
    return undefined;
  }
}

export const badTargetAddress: LintRule = {
  name: 'bad_target_address',
  check(input, report) {
    for (const { target, node } of literalTargetsOf(input, 'prometheus.scrape'))
      checkAddress(target, node, input, report);
  },
};

function checkAddress(target: ObjectExpression, node: LintNode, { read }: LintInput, report: Report): void {
  const address = targetField(target, '__address__');
  if (address === undefined) {
    report(target.span, `the target has no __address__, so ${node.id} cannot scrape it`, {
      hint: 'add __address__ = "host:port"',
    });
    return;
  }
  const text = read.text(address);
  const match = text === undefined ? null : /^(?:(https?):\/\/)?([^/]*)(\/.*)?$/.exec(text);
  if (match === null || (match[1] === undefined && match[3] === undefined)) return;
  const [, scheme, host = '', path] = match;
  const parts = [
    ...(scheme !== 'https' ? [] : [`__scheme__ = ${JSON.stringify(scheme)}`]),
    ...(path === undefined || path === '/' ? [] : [`__metrics_path__ = ${JSON.stringify(path)}`]),
  ];
  const fix = parts.length === 0 ? insideLiteral(address, host) : undefined;
  report(address.span, '__address__ is a host and a port, not a URL', {
    hint: `write ${JSON.stringify(host)}${parts.length > 0 ? ` and add ${parts.join(', ')}` : ''}`,
    ...(fix === undefined ? {} : { fix }),
  });
}

export const globWithoutMatch: LintRule = {
  name: 'glob_without_match',
  check(input, report) {
    for (const { target, node } of literalTargetsOf(input, 'loki.source.file')) {
      const path = targetField(target, '__path__');
      const text = path === undefined ? undefined : input.read.text(path);
      const [fileMatch] = blocksNamed(node.block, 'file_match');
      const matches = fileMatch === undefined ? undefined : attribute(fileMatch, 'enabled');
      if (path === undefined || text === undefined || !/[*?[{]/.test(text) || matches !== undefined) continue;
      report(path.span, `${node.id} takes __path__ as the name of one file, not as a pattern`, {
        hint: 'pass the targets through local.file_match, or add file_match { enabled = true }',
      });
    }
  },
};

function* literalTargetsOf({ model }: LintInput, component: string) {
  for (const node of model.components(component)) {
    const targets = attribute(node.block, 'targets');
    for (const target of targets === undefined ? [] : (targetObjects(targets.value) ?? [])) yield { node, target };
  }
}

export const duplicateScrape: LintRule = {
  name: 'duplicate_scrape',
  check({ model, read }, report) {
    const seen = new Map<string, LintNode>();
    for (const node of model.components('prometheus.scrape')) {
      const key = scrapeKey(node, read);
      if (key === undefined) continue;
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, node);
        continue;
      }
      report(
        node.block.nameSpan,
        `${node.id} scrapes the same targets as ${first.id}, under the same labels, for the same receivers`,
        {
          hint: 'remove one of the two, or give them different values of job_name',
        },
      );
    }
  },
};

/** The same for scrapes whose series are the same: undefined where the job differs by itself. */
function scrapeKey(node: LintNode, read: Reader): string | undefined {
  const targets = attribute(node.block, 'targets');
  const job = attribute(node.block, 'job_name');
  const forward = attribute(node.block, 'forward_to');
  if (targets === undefined || forward === undefined) return undefined;
  const list = spanText(targets.value.span).replace(/\s+/g, '');
  const hasJob = /^prometheus\.exporter\.\w+\.\w+\.targets$/.test(list);
  const jobText = job === undefined ? undefined : read.text(job.value);
  if (!hasJob && jobText === undefined) return undefined;
  const settings = ['metrics_path', 'scheme', 'params'].map((name) => {
    const given = attribute(node.block, name);
    return given === undefined ? '' : spanText(given.value.span).replace(/\s+/g, '');
  });
  const receivers = spanText(forward.value.span).replace(/\s+/g, '');
  const module = node.module.declaredBy?.label ?? '';
  return JSON.stringify([module, list, hasJob ? '' : jobText, receivers, ...settings]);
}
