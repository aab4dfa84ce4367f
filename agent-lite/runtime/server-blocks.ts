/** The blocks `http` and `livedebugging`: who may ask the agent's HTTP server, and what it may show. */
import { ArgumentError, UnsupportedError } from '../../core/alloy/component.ts';
import { type AnyConfigBlock, defineConfigBlock } from '../../core/alloy/config-block.ts';
import { block, body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import type { Secret } from '../../core/alloy/values.ts';
import { tlsServerSchema } from '../declared/config-blocks.ts';
import type { LiveView } from '../live/live-view.ts';

const authSchema = body({
  basic: block(
    body({
      username: required(t.string),
      password: required(t.secret),
    }),
    { doc: 'The name and password that every request must carry.' },
  ),
  filter: block(
    body({
      paths: withDefault(t.list(t.string), [], { doc: 'Beginnings of paths.' }),
      authenticate_matching_paths: withDefault(t.bool, true, {
        doc: 'Ask for the password on these paths; false: on all others.',
      }),
    }),
    { doc: 'Without this block every path asks for the password.' },
  ),
});

const httpSchema = body({
  auth: block(authSchema, { doc: "Basic authentication for the agent's HTTP server." }),
  tls: block(tlsServerSchema, { doc: 'Not supported yet: put a reverse proxy in front.' }),
});

export interface BasicAuth {
  readonly username: string;
  readonly password: Secret;
  readonly filter?: { readonly paths: readonly string[]; readonly authenticateMatchingPaths: boolean };
}

/** What the server reads at each request, so that a reload takes effect at once. */
export interface HttpSettings {
  auth: BasicAuth | undefined;
}

export function httpBlock(settings: HttpSettings): AnyConfigBlock {
  return defineConfigBlock({
    name: 'http',
    stability: 'generally-available',
    schema: httpSchema,
    apply(args) {
      if (args?.tls !== undefined) {
        throw new UnsupportedError(
          'tls',
          "the agent's HTTP server does not speak TLS yet; leave the block out, or put a reverse proxy in front",
        );
      }
      settings.auth = args?.auth === undefined ? undefined : basicAuth(args.auth);
    },
  });
}

function basicAuth({ basic, filter }: Decoded<typeof authSchema>): BasicAuth | undefined {
  if (basic === undefined) return undefined;
  if (basic.username === '') throw new ArgumentError('auth.basic.username', 'must not be empty');
  return {
    ...basic,
    ...(filter === undefined
      ? {}
      : { filter: { paths: filter.paths, authenticateMatchingPaths: filter.authenticate_matching_paths } }),
  };
}

const liveDebuggingSchema = body({
  enabled: withDefault(t.bool, false, { doc: 'Let the pages show single samples, lines and spans as they pass.' }),
});

export function liveDebuggingBlock(live: Pick<LiveView, 'setDebugging'>): AnyConfigBlock {
  return defineConfigBlock({
    name: 'livedebugging',
    stability: 'generally-available',
    schema: liveDebuggingSchema,
    apply: (args) => live.setDebugging(args?.enabled ?? false),
  });
}
