/** docs/delivery-settings.md says of every setting of a queue what it does here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostRegistry } from '../agent-lite/components/registry.ts';
import type { BodySchema } from '../core/alloy/schema.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/delivery-settings.md'), 'utf8');

const BLOCKS: readonly (readonly [component: string, ...path: string[]])[] = [
  ['prometheus.remote_write', 'endpoint', 'queue_config'],
  ['prometheus.remote_write', 'wal'],
  ['loki.write', 'endpoint', 'queue_config'],
  ['loki.write', 'wal'],
  ['otelcol.exporter.otlphttp', 'retry_on_failure'],
  ['otelcol.exporter.otlphttp', 'sending_queue'],
  ['otelcol.exporter.otlphttp', 'sending_queue', 'batch'],
  ['spillway.write', 'spool'],
];

function fieldsOf(component: string, path: readonly string[]): string[] {
  let schema: BodySchema = hostRegistry.get(component)!.schema;
  for (const name of path) {
    const field = schema[name];
    if (field?.field !== 'block') throw new Error(`${component} has no block ${name}`);
    schema = field.body;
  }
  return Object.keys(schema);
}

function section(component: string): string {
  return PAGE.split(/^## /m).find((text) => text.startsWith(`${component}\n`)) ?? '';
}

describe('the page of delivery settings', () => {
  it.each(BLOCKS)('names every setting of %s %s %s', (component, ...path) => {
    const names = fieldsOf(component, path.filter(Boolean));
    const missing = names.filter((name) => !new RegExp(`[\`> ]${name}[\` ,]`).test(section(component)));
    expect(missing).toEqual([]);
  });
});
