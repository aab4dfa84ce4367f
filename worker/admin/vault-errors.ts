/** What is wrong with the keys that seal pipelines and secrets, as answers. The texts tell what to do and hold no key. */
import { SecretsKeyError } from '../secrets/key-ring.ts';
import { UnsealError } from '../secrets/sealed-text.ts';
import { PipelineInvalidError } from '../tenants/pipeline-cache.ts';
import { type AdminContext, jsonResponse, type Operation, principalOf } from './operation.ts';
import { refuse } from './read-json.ts';
import { errorShape } from './shapes.ts';

const UNAVAILABLE = jsonResponse(
  errorShape,
  '`secrets_key_missing` or `secrets_key_invalid`: the gateway has no good SECRETS_KEY; `unreadable`: what is stored is sealed with a key that SECRETS_KEY does not have any more, or was changed; `pipeline_invalid`: the pipeline does not load as it is stored.',
);

const WAY_OUT = 'put the key back into SECRETS_KEY, or set it anew';

/** The operations, with these answers. */
export function withVault(operations: readonly Operation[]): readonly Operation[] {
  return operations.map((operation) => ({
    ...operation,
    responses: { 503: UNAVAILABLE, ...operation.responses },
    handle: async (c: AdminContext) => {
      try {
        return await operation.handle(c);
      } catch (error) {
        if (error instanceof SecretsKeyError) return refuse(c, 503, error.reason, error.message);
        if (error instanceof UnsealError) return refuse(c, 503, 'unreadable', `${error.message}; ${WAY_OUT}`);
        if (error instanceof PipelineInvalidError) return refuse(c, 503, 'pipeline_invalid', invalidText(c, error));
        throw error;
      }
    },
  }));
}

/** The default pipeline is none of a tenant's business, nor are the names of the gateway's secrets. */
function invalidText(c: AdminContext, { isDefault, message }: PipelineInvalidError): string {
  return isDefault && principalOf(c).kind === 'tenant'
    ? 'the default pipeline cannot be loaded; operators of the gateway find the reason in its log'
    : message;
}
