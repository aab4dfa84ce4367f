/** What a tenant without a pipeline of its own is told. */
import type { ComponentChildren } from 'preact';
import { useAccess } from '../access.ts';
import { placeHref } from '../place.ts';

export function NoPipeline({ owner, actions }: { owner: string | undefined; actions: ComponentChildren }) {
  const { seesGateway } = useAccess();
  return (
    <section class="card empty-state">
      <h2>{owner === undefined ? 'There is no default pipeline' : 'No pipeline of its own'}</h2>
      {owner === undefined ? (
        <p>It serves every tenant without a pipeline of its own; without it what they push is refused.</p>
      ) : (
        <p>
          The {seesGateway ? <a href={placeHref({ gateway: 'pipeline' })}>default pipeline</a> : 'default pipeline'} of
          the gateway serves <bdi>{owner}</bdi>, if there is one. Without any, what it pushes is refused.
        </p>
      )}
      <div class="actions">{actions}</div>
    </section>
  );
}
