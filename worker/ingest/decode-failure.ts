/** The boundary of decoders: what they throw becomes a Failure, and nothing they meet in a body becomes a 5xx. */
import { type Failure, failure, OutcomeError } from '../../core/outcome.ts';
import { errorText, log } from '../telemetry/log.ts';

export function toFailure(error: unknown): Failure {
  if (error instanceof OutcomeError) return error.failure;
  log('error', 'push_failed', { error: errorText(error) });
  return failure('internal', 'The gateway met an error of its own. Send the data again.', 5);
}
