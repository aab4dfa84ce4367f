import { describe, expect, it } from 'vitest';
import { type Place, placeHref, placeOfFragment } from './place.ts';

describe('the address of a view', () => {
  const PLACES: readonly Place[] = [
    { tenant: 'home' },
    { tenant: 'home', outbox: 'otelcol.exporter.otlphttp.a b&c/metrics' },
    { tenant: 'home', section: 'tokens' },
    { gateway: 'operators' },
  ];

  it.each(PLACES)('%o reads back as what was written', (place) => {
    expect(placeOfFragment(placeHref(place))).toEqual(place);
  });

  it('without a tenant is no view of an outbox or a section', () => {
    expect(placeOfFragment('#outbox=x')).toEqual({});
    expect(placeOfFragment('#section=tokens')).toEqual({});
    expect(placeOfFragment('')).toEqual({});
  });

  it('with a section that there is not is that of the whole', () => {
    expect(placeOfFragment('#tenant=home&section=__proto__')).toEqual({ tenant: 'home' });
    expect(placeOfFragment('#gateway=constructor')).toEqual({});
  });
});
