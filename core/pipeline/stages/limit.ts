/** `stage.limit`: drops what comes faster than a rate. */
import { ArgumentError, UnsupportedError } from '../../alloy/component.ts';
import { body, required, t, withDefault } from '../../alloy/schema.ts';
import { TokenBucket } from '../../limits/token-bucket.ts';
import { joinPath } from '../unsupported.ts';
import { defineStage } from './stage.ts';

export const limit = defineStage({
  name: 'stage.limit',
  summary: 'Drops lines beyond a rate.',
  schema: body({
    rate: required(t.float, { doc: 'Lines a second.' }),
    burst: required(t.int, { doc: 'Lines that may come at once.' }),
    drop: withDefault(t.bool, false, { doc: 'Must be true: waiting, as Alloy does otherwise, is not supported here.' }),
    by_label_name: withDefault(t.string, '', { doc: 'Give each value of this label a rate of its own.' }),
    max_distinct_labels: withDefault(t.int, 10_000, { doc: 'How many values of it are told apart.' }),
  }),
  create(args, context) {
    if (!(args.rate > 0)) throw new ArgumentError(joinPath(context.path, 'rate'), 'rate must be greater than 0');
    if (args.burst <= 0) throw new ArgumentError(joinPath(context.path, 'burst'), 'burst must be greater than 0');
    if (!args.drop) {
      const path = joinPath(context.path, 'drop');
      if (args.by_label_name !== '') throw new ArgumentError(path, 'by_label_name requires drop = true');
      throw new UnsupportedError(
        path,
        'stage.limit with drop = false, which makes sources wait, is not yet supported here; set drop = true',
      );
    }
    const limits = { ratePerSecond: args.rate, burst: args.burst };
    const maxBuckets = Math.max(1, args.by_label_name === '' ? 1 : args.max_distinct_labels);
    const buckets = new Map<string, TokenBucket>();
    return {
      process(entry, run) {
        const key = args.by_label_name === '' ? '' : entry.label(args.by_label_name);
        // Without that label a line is not limited.
        if (args.by_label_name !== '' && key === '') return entry;
        const nowMs = Number(run.nowNs / 1_000_000n);
        const bucket = buckets.get(key) ?? new TokenBucket(limits, nowMs);
        // The order of a Map is that of insertion, so putting it back makes the first one the least recently used.
        buckets.delete(key);
        buckets.set(key, bucket);
        if (buckets.size > maxBuckets) buckets.delete(buckets.keys().next().value ?? '');
        if (bucket.take(1, nowMs) === 0) return entry;
        run.dropped('ratelimited', 1);
        return undefined;
      },
    };
  },
});
