import { describe, expect, it } from 'vitest';
import { placeHref, placeOfFragment } from './place.ts';

describe('the address of a view', () => {
  it('names tenant and destination, and reads back as what was written', () => {
    const place = { tenant: 'home', outbox: 'otelcol.exporter.otlphttp.a b&c/metrics' };
    expect(placeOfFragment(placeHref(place))).toEqual(place);
    expect(placeOfFragment('#tenant=home')).toEqual({ tenant: 'home' });
  });

  it('without a tenant is no view of an outbox', () => {
    expect(placeOfFragment('#outbox=x')).toEqual({});
    expect(placeOfFragment('')).toEqual({});
  });
});
