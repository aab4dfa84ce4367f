/** Rates of one token, on top of those of its tenant, in the form of a token. */
import { useState } from 'preact/hooks';
import type { LimitOverrides } from '../../../core/limits/tenant-limits.ts';
import { plural } from '../../format/numbers.ts';
import type { Failure } from '../admin/act.tsx';
import { LimitField } from './limit-field.tsx';
import { changesOf, fieldText, type NamedLimit, setValue, TOKEN_LIMITS, type Typed } from './limit-values.ts';

interface TokenRatesProps {
  readonly limits: LimitOverrides;
  readonly typed: Typed;
  readonly failure: Failure | undefined;
  onTyped(typed: Typed): void;
}

export function TokenRates({ limits, typed, failure, onTyped }: TokenRatesProps) {
  const count = TOKEN_LIMITS.filter((limit) => setValue(limits, limit) !== undefined).length;
  const problemOf = ({ path }: NamedLimit) => failure?.problems?.[`limits.${path}`];
  const [opened, setOpened] = useState(count > 0);
  const changed = new Set(changesOf(limits, typed).map(({ limit }) => limit.path));
  return (
    <details
      class="field token-rates"
      open={opened || TOKEN_LIMITS.some((limit) => problemOf(limit) !== undefined)}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>Rates of its own{count > 0 && `, ${plural(count, 'limit')}`}</summary>
      <p class="muted small">On top of those of the tenant. Where a field is empty, only the tenant’s count.</p>
      {TOKEN_LIMITS.map((limit) => (
        <LimitField
          key={limit.path}
          limit={limit}
          text={fieldText(limits, typed, limit)}
          isChanged={changed.has(limit.path)}
          problem={problemOf(limit)}
          standard={standardOf(limit)}
          onText={(text) => onTyped({ ...typed, [limit.path]: text })}
          withGroup
        />
      ))}
    </details>
  );
}

function standardOf({ name }: NamedLimit) {
  const text = name.includes('burst') ? '20 s of the rate' : 'not limited';
  return { text, absent: '', sentence: '', back: 'Take away' };
}
