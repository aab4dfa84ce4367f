import { describe, expect, it } from 'vitest';
import { HttpError } from '../../parts/http.ts';
import { failureOf } from './act.tsx';

describe('why something was not done', () => {
  it('is told in the words of the API', () => {
    const error = new HttpError(409, { error: 'token_replaced', message: 'the token a was replaced by b' });
    expect(failureOf(error, 0)).toEqual({ text: 'the token a was replaced by b', mayRetry: false });
  });

  it('is told field by field where the answer does', () => {
    const problems = [{ field: 'metrics.ingestion_rate', message: 'must be a number, 0 or more' }];
    const failure = failureOf(new HttpError(400, { message: 'wrong', problems }), 0);
    expect(failure.problems).toEqual({ 'metrics.ingestion_rate': 'must be a number, 0 or more' });
    expect(failureOf(new HttpError(400, { message: 'wrong' }), 0).problems).toBeUndefined();
  });

  it('is told with the status where the answer has no words', () => {
    expect(failureOf(new HttpError(502), 0).text).toBe('It answered 502');
  });

  it('can be over in a moment: then it may be tried again, not before the gateway allows', () => {
    const busy = new HttpError(429, { message: 'too many' }, 30_000);
    expect(failureOf(busy, 1_000)).toEqual({ text: 'too many', mayRetry: true, notBeforeMs: 31_000 });
    expect(failureOf(new HttpError(503, { message: 'down' }), 0)).toEqual({ text: 'down', mayRetry: true });
    expect(failureOf(new Error('The connection failed'), 0).mayRetry).toBe(true);
  });
});
