import { describe, expect, it } from 'vitest';
import { formatTable } from './table.ts';
import { usageTable } from './usage.ts';

const HEADERS = ['ID', 'NAME', 'SCOPES', 'STATE'];
const ROWS = [
  ['1837d5f9b9627797', 'host 1', 'agent', 'valid until 2027-03-03T00:00:00Z, replaced by 8d5f9b9627797183'],
  ['2837d5f9b9627797', 'b', '', 'valid'],
];
const AUDIT = [
  ['2026-11-23T01:33:57Z', 'root', 'token.create', 'name=x scopes=["agent"] limits={"metrics":{"ingestion_rate":5}}'],
];

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('a table', () => {
  it('has a line for each row where nobody looks, however long', () => {
    expect(formatTable(HEADERS, ROWS, Number.POSITIVE_INFINITY).split('\n')).toEqual([
      'ID                 NAME     SCOPES   STATE',
      '1837d5f9b9627797   host 1   agent    valid until 2027-03-03T00:00:00Z, replaced by 8d5f9b9627797183',
      '2837d5f9b9627797   b                 valid',
    ]);
  });

  it('comes closer together, and its last column goes on below itself, where the terminal is too narrow', () => {
    const fits = formatTable(HEADERS, ROWS, 95);
    expect(fits.split('\n')[0]).toBe('ID                NAME    SCOPES  STATE');
    expect(formatTable(HEADERS, ROWS, 80).split('\n')).toEqual([
      'ID                NAME    SCOPES  STATE',
      '1837d5f9b9627797  host 1  agent   valid until 2027-03-03T00:00:00Z, replaced by',
      '                                  8d5f9b9627797183',
      '2837d5f9b9627797  b               valid',
    ]);
  });

  it('becomes lines for each row where even that is too wide', () => {
    expect(formatTable(HEADERS, ROWS, 50).split('\n')).toEqual([
      '1837d5f9b9627797',
      '  NAME host 1   SCOPES agent',
      '  STATE valid until 2027-03-03T00:00:00Z, replaced',
      '  by 8d5f9b9627797183',
      '2837d5f9b9627797',
      '  NAME b   STATE valid',
    ]);
  });

  it('is never wider than the terminal but by one word, and loses no word at any width', () => {
    for (const rows of [ROWS, AUDIT]) {
      for (let width = 20; width <= 140; width++) {
        const text = formatTable(HEADERS, rows, width);
        expect([...words(text)].sort()).toEqual(expect.arrayContaining([...words(rows.flat().join(' '))].sort()));
        for (const line of text.split('\n')) if (line.length > width) expect(words(line).length).toBe(1);
      }
    }
  });

  it('of usage leaves out the bars first', () => {
    const used = { accepted: 1, rejected: 0, dropped: 0, delivered: 1, pushes: 1, receivedBytes: 2048 };
    const entries = [{ title: '2026-11-23', signals: { metrics: used, logs: used } }];
    expect(usageTable('DAY', entries, undefined)).toContain('█');
    const narrow = usageTable('DAY', entries, 80) ?? '';
    expect(narrow).not.toContain('█');
    expect(widest(narrow)).toBeLessThanOrEqual(80);
    expect(narrow.split('\n').length).toBe(3);
  });
});
