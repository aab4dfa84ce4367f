/** Addresses of stores without the path that takes pushes: they answer 404 or 405 to every request. */
import type { Block } from '../../alloy/ast.ts';
import { insideLiteral } from '../literal.ts';
import type { LintInput, LintRule, Report } from '../rule.ts';
import { attribute, blocksNamed, type Reader } from '../syntax.ts';

interface PathAdvice {
  readonly message: string;
  readonly hint: string;
  /** What the path becomes. */
  readonly path?: string;
}

export const pushUrlPath: LintRule = {
  name: 'push_url_path',
  check({ model, read }: LintInput, report) {
    for (const node of model.components('prometheus.remote_write')) {
      for (const each of blocksNamed(node.block, 'endpoint')) checkUrl(each, 'url', metricsAdvice, read, report);
    }
    for (const node of model.components('loki.write')) {
      for (const each of blocksNamed(node.block, 'endpoint')) checkUrl(each, 'url', logsAdvice, read, report);
    }
    for (const node of model.components('otelcol.exporter.otlphttp')) {
      for (const each of blocksNamed(node.block, 'client')) checkUrl(each, 'endpoint', otlpAdvice, read, report);
    }
  },
};

function checkUrl(
  block: Block,
  name: string,
  advise: (path: string) => PathAdvice | undefined,
  read: Reader,
  report: Report,
): void {
  const written = attribute(block, name);
  const text = written === undefined ? undefined : read.text(written.value);
  // A placeholder in brackets stands for an address that only its owner knows.
  const match = text === undefined || /[<>{}]/.test(text) ? null : /^(https?:\/\/[^/?#\s]+)([^?#]*)(.*)$/.exec(text);
  if (written === undefined || match === null) return;
  const [, host = '', path = '', rest = ''] = match;
  const advice = advise(path.replace(/\/+$/, ''));
  if (advice === undefined) return;
  const changed = advice.path === undefined ? undefined : insideLiteral(written.value, `${host}${advice.path}${rest}`);
  report(written.value.span, advice.message, { hint: advice.hint, ...(changed ? { fix: changed } : {}) });
}

function metricsAdvice(path: string): PathAdvice | undefined {
  if (path === '') {
    return {
      message: 'the URL has no path, and no store takes remote write there',
      hint: 'add the path of the store: /api/v1/push (Mimir), /api/prom/push (Grafana Cloud) or /api/v1/write (Prometheus)',
    };
  }
  if (path.endsWith('/api/prom')) {
    const pushed = `${path}/push`;
    return {
      message: 'the push path is incomplete',
      hint: `Mimir and Grafana Cloud take pushes at ${pushed}`,
      path: pushed,
    };
  }
  if (path.endsWith('/api/v1')) {
    return {
      message: 'the push path is incomplete',
      hint: 'write /api/v1/push for Mimir, /api/v1/write for Prometheus',
    };
  }
  if (path.endsWith('/loki/api/v1/push')) {
    return {
      message: "this is Loki's push path, and it does not take metrics",
      hint: 'write the address of a metrics store',
    };
  }
  return undefined;
}

const LOKI_PATH = '/loki/api/v1/push';

function logsAdvice(path: string): PathAdvice | undefined {
  if (path === '' || path === '/loki' || path === '/loki/api' || path === '/loki/api/v1') {
    const message = path === '' ? 'the URL has no path, and Loki takes no logs there' : 'the push path is incomplete';
    return { message, hint: `Loki takes pushes at ${LOKI_PATH}`, path: LOKI_PATH };
  }
  if (path.endsWith('/api/v1/write') || path === '/api/prom') {
    return { message: 'this path does not take logs', hint: `Loki takes pushes at ${LOKI_PATH}` };
  }
  return undefined;
}

function otlpAdvice(path: string): PathAdvice | undefined {
  const match = /^(.*)\/v1\/(traces|metrics|logs)$/.exec(path);
  if (match === null) return undefined;
  const [, base = '', signal = ''] = match;
  return {
    message: `the exporter appends /v1/${signal} itself, so it would send to ${path}/v1/${signal}`,
    hint: `end the endpoint before /v1/${signal}, or use ${signal}_endpoint`,
    path: base,
  };
}
