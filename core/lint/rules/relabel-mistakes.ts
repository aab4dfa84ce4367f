/** Rules that are wrong whatever reaches them: what their expression, replacement and target say. */
import type { LintNode } from '../model.ts';
import type { RuleBlock } from '../relabel-rules.ts';
import type { LintInput, LintRule, Report } from '../rule.ts';
import { rulePlaces } from '../rule-places.ts';
import { attribute } from '../syntax.ts';

export const metricNameRemoved: LintRule = {
  name: 'metric_name_removed',
  check(input, report) {
    for (const { rule, signal } of rulePlaces(input)) {
      if (signal !== 'metrics' || !removesName(rule)) continue;
      report(
        rule.block.span,
        'the rule takes the name of the metric (__name__) away, and series without one are refused',
        {
          hint: nameHint(rule),
        },
      );
    }
  },
};

function removesName(rule: RuleBlock): boolean {
  const { action, regex } = rule;
  if (action === 'labeldrop') return regex?.test('__name__') === true;
  if (action === 'labelkeep') return regex?.test('__name__') === false;
  return action === 'replace' && rule.targetLabel === '__name__' && rule.replacement === '';
}

function nameHint({ action, pattern }: RuleBlock): string {
  if (action === 'labelkeep')
    return `let the expression match it too: regex = ${JSON.stringify(`__name__|${pattern}`)}`;
  if (action === 'labeldrop') return 'let the expression match the labels that are meant, and not __name__';
  return 'give the new name as replacement, or use action "drop" to drop the series';
}

export const addressRemoved: LintRule = {
  name: 'address_removed',
  check(input, report) {
    for (const { rule, signal, node } of rulePlaces(input)) {
      if (signal !== 'targets' || !feedsScrape(node, input)) continue;
      const drops = rule.action === 'labeldrop' && rule.regex?.test('__address__') === true;
      const omits = rule.action === 'labelkeep' && rule.regex?.test('__address__') === false;
      if (!drops && !omits) continue;
      report(rule.block.span, 'the rule takes __address__ away, and targets without it cannot be scraped', {
        hint: omits
          ? `let the expression match it too: regex = ${JSON.stringify(`__.*|${rule.pattern}`)}`
          : 'labels that begin with "__" go by themselves after the scrape; leave the rule out',
      });
    }
  },
};

function feedsScrape(node: LintNode, { model }: LintInput): boolean {
  return model.uses(node).some(({ user }) => user.block.name === 'prometheus.scrape');
}

export const groupDoesNotExist: LintRule = {
  name: 'group_does_not_exist',
  check(input, report) {
    for (const { rule } of rulePlaces(input)) {
      if (rule.regex === undefined || (rule.action !== 'replace' && rule.action !== 'labelmap')) continue;
      checkTemplate(rule, 'replacement', rule.replacement, report);
      if (rule.action === 'replace') checkTemplate(rule, 'target_label', rule.targetLabel, report);
    }
  },
};

function checkTemplate(rule: RuleBlock, name: string, template: string | undefined, report: Report): void {
  const written = attribute(rule.block, name);
  if (written === undefined || template === undefined || rule.regex === undefined) return;
  const { groupCount, groupNames } = rule.regex;
  for (const match of template.replaceAll('$$', '  ').matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
    const group = match[1] ?? match[2] ?? '';
    if (groupNames.has(group) || (/^\d+$/.test(group) && Number(group) <= groupCount)) continue;
    const [, digits, rest] = /^(\d+)(\D\w*)$/.exec(group) ?? [];
    const meant = match[2] !== undefined && digits !== undefined && Number(digits) <= groupCount;
    const { span } = written.value;
    const source = span.source.text.slice(span.start, span.end);
    const text = source.replace(match[0], () => `\${${digits}}${rest}`);
    report(
      span,
      `${match[0]} is the group named ${JSON.stringify(group)}, which the expression does not have, so it is empty`,
      {
        hint: meant ? `write \${${digits}}${rest}` : `the expression has ${groups(groupCount, groupNames)}`,
        ...(meant && written.value.kind === 'literal' ? { fix: { span, text } } : {}),
      },
    );
  }
}

function groups(count: number, names: ReadonlyMap<string, number>): string {
  const named = [...names.keys()].map((name) => `\${${name}}`).join(', ');
  if (count === 0) return 'no groups; put what is to be taken in parentheses';
  return count === 1 ? `one group, $1${named && `, ${named}`}` : `the groups $1 to $${count}${named && `, ${named}`}`;
}

export const ruleMatchesEverything: LintRule = {
  name: 'rule_matches_everything',
  check(input, report) {
    for (const { rule, node } of rulePlaces(input)) {
      const matchesAll = rule.pattern === '(.*)' || rule.pattern === '.*';
      if (!matchesAll || (rule.action !== 'keep' && rule.action !== 'drop')) continue;
      const what = rule.action === 'keep' ? 'keeps everything' : 'drops everything';
      const given = attribute(rule.block, 'regex');
      report(
        (given ?? rule.block).span,
        `the rule ${what}: its expression ${given ? 'matches any value' : 'is left out, and then matches any value'}`,
        {
          hint:
            rule.action === 'keep'
              ? `to need a value write regex = ".+", or remove the rule from ${node.id}`
              : 'to drop what has a value write regex = ".+"',
        },
      );
    }
  },
};

export const regexAnchoredTwice: LintRule = {
  name: 'regex_anchored_twice',
  check(input, report) {
    for (const { rule } of rulePlaces(input)) {
      const written = attribute(rule.block, 'regex');
      const inner = /^\^(.*[^\\])\$$/s.exec(rule.pattern ?? '')?.[1];
      // In an alternation the anchors belong to its ends only, and mean something.
      if (written === undefined || inner === undefined || inner.includes('|') || /^\^/.test(inner)) continue;
      const { span } = written.value;
      const source = span.source.text.slice(span.start, span.end);
      const fixable = written.value.kind === 'literal';
      report(span, 'expressions of rules always match the whole value, so ^ and $ say nothing here', {
        hint: `write ${JSON.stringify(inner)}`,
        ...(fixable ? { fix: { span, text: `${source[0]}${source.slice(2, -2)}${source.at(-1)}` } } : {}),
      });
    }
  },
};
