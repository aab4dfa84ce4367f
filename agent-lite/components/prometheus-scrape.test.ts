import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../core/alloy/check.ts';
import { prometheusScrape } from './prometheus-scrape.ts';
import { hostRegistry } from './registry.ts';

function check(settings: string): [severity: string, message: string][] {
  const text = `prometheus.scrape "x" {\ntargets = []\nforward_to = []\n${settings}\n}\n`;
  const registry = new Map([[prometheusScrape.name, prometheusScrape]]);
  return checkConfig([{ filename: 'c', text }], registry, 'host').map(({ severity, message }) => [severity, message]);
}

describe('a check of prometheus.scrape', () => {
  it('passes a clustering block, which has no effect where there is no cluster', () => {
    expect(check('clustering {\nenabled = true\n}')).toEqual([]);
  });

  it.each([
    ['scrape_interval = "5s"', 'scrape_timeout (10s) greater than scrape_interval (5s)'],
    ['scrape_interval = "0s"', 'must be greater than 0'],
    ['scheme = "gopher"', 'must be "http" or "https", not "gopher"'],
    ['scrape_protocols = ["XML"]', 'unknown protocol "XML"'],
    ['scrape_protocols = ["PrometheusText0.0.4", "PrometheusText0.0.4"]', 'a protocol is named twice'],
    ['bearer_token = "a"\nbasic_auth { username = "u" }', 'at most one of bearer_token'],
  ])('refuses %s, as loading it would', (settings, message) => {
    expect(check(settings)).toEqual([['error', expect.stringContaining(message)]]);
  });

  it('refuses a timeout beyond the interval also where targets come from another component', () => {
    const text =
      'prometheus.exporter.unix "u" { }\nprometheus.scrape "x" {\n  targets = prometheus.exporter.unix.u.targets\n' +
      '  forward_to = []\n  scrape_interval = "5s"\n}\n';
    const found = checkConfig([{ filename: 'c', text }], hostRegistry, 'host').map(({ message }) => message);
    expect(found).toEqual(['scrape_timeout (10s) greater than scrape_interval (5s)']);
  });

  it.each([
    'honor_metadata = false',
    'scrape_native_histograms = true',
    'enable_protobuf_negotiation = true',
    'scrape_protocols = ["PrometheusProto"]',
    'scrape_native_histograms = true\nscrape_protocols = ["PrometheusText0.0.4", "PrometheusProto"]',
  ])('takes %s', (settings) => expect(check(settings)).toEqual([]));

  it.each([
    [
      'scrape_native_histograms = true\nscrape_protocols = ["PrometheusText0.0.4"]',
      'scrape_native_histograms is set to true, but PrometheusProto is not in scrape_protocols',
    ],
    [
      'enable_protobuf_negotiation = true\nscrape_protocols = ["PrometheusText0.0.4"]',
      'both enable_protobuf_negotiation and scrape_protocols are set',
    ],
  ])('refuses %s, as Alloy does', (settings, message) => {
    expect(check(settings)).toEqual([['error', expect.stringContaining(message)]]);
  });

  it('warns of native_histogram_bucket_limit, which Alloy takes', () => {
    expect(check('native_histogram_bucket_limit = 10')).toEqual([['warning', expect.stringContaining('supported')]]);
  });
});
