/** Answers as Pyroscope's: success in the words of the protocol, every error as Connect's JSON with a code. */
import { type Failure, outcomeStatus, type Reason } from '../../core/outcome.ts';
import { connectErrorJson } from '../../core/wire/pyroscope/connect-error.ts';
import { type Responder, retryHeaders } from './respond.ts';
import { describeRejections } from './result.ts';

/** `statuses`: where a protocol says something with another status than the others do. */
export function connectResponder(
  success: () => Response,
  statuses: Readonly<Partial<Record<Reason, number>>> = {},
): Responder {
  return {
    success,
    partial: (result) => connectError(400, describeRejections(result, 'profiles')),
    failure: (failure) => {
      const status = statuses[failure.reason] ?? outcomeStatus(failure.reason);
      return connectError(status, failure.message, headersOf(failure));
    },
  };
}

function headersOf(failure: Failure): Record<string, string> {
  const headers = retryHeaders(failure);
  return failure.reason === 'unauthenticated' ? { ...headers, 'WWW-Authenticate': 'Bearer realm="spillway"' } : headers;
}

function connectError(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(connectErrorJson(status, message), {
    status,
    headers: { ...headers, 'Content-Type': 'application/json' },
  });
}
