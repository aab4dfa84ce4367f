import { describe, expect, it } from 'vitest';
import { findLocation } from './location.ts';
import { compileTimeFormat } from './parse.ts';

const nowNs = BigInt(Date.UTC(2026, 5, 15)) * 1_000_000n;
const parse = (format: string, text: string, location?: string, now = nowNs) => {
  const ns = compileTimeFormat(format, findLocation(location ?? 'UTC'))(text, now);
  if (ns === undefined) return undefined;
  return `${new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19)}.${String(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(9, '0')}`;
};

describe('reading times', () => {
  it.each([
    ['RFC3339', '2019-10-01T01:02:03Z', '2019-10-01T01:02:03.000000000'],
    ['RFC3339', '2019-10-01T01:02:03.123456789+02:00', '2019-09-30T23:02:03.123456789'],
    ['RFC3339Nano', '2019-10-01T01:02:03.400000000-07:30', '2019-10-01T08:32:03.400000000'],
    ['RFC3339Nano', '2019-10-01T01:02:03Z', '2019-10-01T01:02:03.000000000'],
    ['ANSIC', 'Mon Jan  2 15:04:05 2006', '2006-01-02T15:04:05.000000000'],
    ['ANSIC', 'Mon Jan 12 15:04:05 2006', '2006-01-12T15:04:05.000000000'],
    ['UnixDate', 'Tue Oct  1 01:02:03 UTC 2019', '2019-10-01T01:02:03.000000000'],
    ['RubyDate', 'Tue Oct 01 01:02:03 +0100 2019', '2019-10-01T00:02:03.000000000'],
    ['RFC822', '01 Oct 19 01:02 UTC', '2019-10-01T01:02:00.000000000'],
    ['RFC822Z', '01 Oct 69 01:02 +0000', '1969-10-01T01:02:00.000000000'],
    ['RFC850', 'Tuesday, 01-Oct-19 01:02:03 GMT', '2019-10-01T01:02:03.000000000'],
    ['RFC1123', 'Tue, 01 Oct 2019 01:02:03 GMT', '2019-10-01T01:02:03.000000000'],
    ['RFC1123Z', 'Tue, 01 Oct 2019 01:02:03 -0100', '2019-10-01T02:02:03.000000000'],
    ['Unix', '1569891723', '2019-10-01T01:02:03.000000000'],
    ['Unix', '1569891723.25', '2019-10-01T01:02:03.250000000'],
    ['UnixMs', '1569891723123', '2019-10-01T01:02:03.123000000'],
    ['UnixUs', '1569891723123456', '2019-10-01T01:02:03.123456000'],
    ['UnixNs', '1569891723123456789', '2019-10-01T01:02:03.123456789'],
    ['02/Jan/2006:15:04:05 -0700', '10/Oct/2000:13:55:36 -0700', '2000-10-10T20:55:36.000000000'],
    ['2006/01/02 15:04:05.000', '2019/10/01 01:02:03.456', '2019-10-01T01:02:03.456000000'],
    ['2006-01-02 15:04:05,000', '2019-10-01 01:02:03,456', '2019-10-01T01:02:03.456000000'],
    ['2006-01-02 15:04:05', '2019-10-01 01:02:03.9', '2019-10-01T01:02:03.900000000'],
    ['Jan _2 15:04:05', 'Mar  7 08:09:10', '2026-03-07T08:09:10.000000000'],
    ['January 2, 2006 at 3:04pm (MST)', 'february 3, 2013 at 7:54pm (UTC)', '2013-02-03T19:54:00.000000000'],
    ['3:04PM 2006-1-2', '12:05AM 2020-2-29', '2020-02-29T00:05:00.000000000'],
    ['2006-002', '2020-060', '2020-02-29T00:00:00.000000000'],
    ['20060102150405', '20191001010203', '2019-10-01T01:02:03.000000000'],
  ])('in the format %j takes %j', (format, text, expected) => expect(parse(format, text)).toBe(expected));

  it.each([
    ['RFC3339', '2019-13-01T01:02:03Z'],
    ['RFC3339', '2019-02-29T01:02:03Z'],
    ['RFC3339', '2019-10-01T24:02:03Z'],
    ['RFC3339', '2019-10-01T01:02:03'],
    ['RFC3339', '2019-10-01T01:02:03Z trailing'],
    ['RFC3339', 'garbage'],
    ['Unix', '12a'],
    ['Unix', '1.2.3'],
    ['UnixMs', ''],
    ['2006-01-02 15:04:05.000', '2019-10-01 01:02:03.45'],
  ])('in the format %j refuses %j', (format, text) => expect(parse(format, text)).toBeUndefined());

  it('takes the place into account, in summer and winter', () => {
    expect(parse('2006-01-02 15:04', '2024-07-01 12:00', 'America/New_York')).toBe('2024-07-01T16:00:00.000000000');
    expect(parse('2006-01-02 15:04', '2024-01-01 12:00', 'America/New_York')).toBe('2024-01-01T17:00:00.000000000');
    expect(parse('2006-01-02 15:04 -0700', '2024-01-01 12:00 +0000', 'Asia/Tokyo')).toBe(
      '2024-01-01T12:00:00.000000000',
    );
    expect(findLocation('Mars/Olympus')).toBeUndefined();
    expect(findLocation('Local')).toBeUndefined();
  });

  it('guesses a missing year on both sides of new year', () => {
    const december = BigInt(Date.UTC(2025, 11, 31, 23)) * 1_000_000n;
    const january = BigInt(Date.UTC(2026, 0, 1, 1)) * 1_000_000n;
    expect(parse('Jan _2 15:04:05', 'Jan  1 00:00:01', 'UTC', december)).toBe('2026-01-01T00:00:01.000000000');
    expect(parse('Jan _2 15:04:05', 'Dec 31 23:59:59', 'UTC', january)).toBe('2025-12-31T23:59:59.000000000');
  });
});
