/** What tests of decoders ask: for which reason is it refused? */
import { OutcomeError } from './outcome.ts';

/** The reason of the OutcomeError that the action throws, `none` where it throws nothing; any other error goes on. */
export function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OutcomeError) return error.failure.reason;
    throw error;
  }
  return 'none';
}
