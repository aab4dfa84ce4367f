/** docs/protocols.md lists every route of every push protocol, and each reason it names exists. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomeStatus, type Reason } from '../core/outcome.ts';
import { PROTOCOLS } from '../worker/ingest/protocols/index.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/protocols.md'), 'utf8');
const section = (title: string) => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

describe('the page of push protocols', () => {
  it('lists every path', () => {
    const table = section('All endpoints');
    const paths = PROTOCOLS.flatMap(({ routes }) => routes.map(({ path }) => path.replace(/\*$/, '')));
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter((path) => !table.includes(`\`${path}`))).toEqual([]);
  });

  it('names no reason that does not exist', () => {
    const reasons = [...section('Reasons').matchAll(/`([a-z0-9_]+)`(?= `| \|)/g)].map((match) => match[1]);
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((reason) => outcomeStatus(reason as Reason) === undefined)).toEqual([]);
  });
});
