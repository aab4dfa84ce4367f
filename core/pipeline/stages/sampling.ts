/** `stage.sampling`: keeps a random part of the lines. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, required, t, withDefault } from '../../alloy/schema.ts';
import { hashBytes } from '../../bytes/hash.ts';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { joinPath } from '../unsupported.ts';
import { defineStage } from './stage.ts';

export const sampling = defineStage({
  name: 'stage.sampling',
  summary: 'Keeps a random part of the lines.',
  schema: body({
    rate: required(t.float, { doc: 'The part to keep, from 0 to 1.' }),
    drop_counter_reason: withDefault(t.string, 'sampling_stage', { doc: 'Reason under which drops are counted.' }),
  }),
  create({ rate, drop_counter_reason: reason }, context) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new ArgumentError(
        joinPath(context.path, 'rate'),
        'sampling stage failed to parse rate, it should be between 0.0 and 1.0',
      );
    }
    const random = generator(context.componentId);
    return {
      process(entry, run) {
        if (random(run.nowNs) < rate) return entry;
        run.dropped(reason, 1);
        return undefined;
      },
    };
  },
});

/** A xorshift generator: core has no source of randomness, and a sample needs no secrecy. The time of each run stirs it. */
function generator(seed: string): (stirNs: bigint) => number {
  const bytes = encodeUtf8(seed);
  let state = hashBytes(bytes, 0, bytes.length) | 1;
  let lastNs = 0n;
  return (stirNs) => {
    if (stirNs !== lastNs) {
      state = (state ^ Number(BigInt.asUintN(32, stirNs ^ (stirNs >> 20n)))) | 1;
      lastNs = stirNs;
      for (let i = 0; i < 4; i++) step();
    }
    return step() / 2 ** 32;
  };

  function step(): number {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  }
}
