/** `stage.tenant`: sets the tenant that `loki.write` sends the line for. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, t } from '../../alloy/schema.ts';
import { TENANT_LABEL } from '../../delivery/encode.ts';
import { headerProblem } from '../../delivery/headers.ts';
import { toText } from './convert.ts';
import { defineStage, mapStage } from './stage.ts';

export const tenant = defineStage({
  name: 'stage.tenant',
  summary: 'Sets the tenant of a line.',
  schema: body({
    label: optional(t.string, { doc: 'Label that holds the tenant.' }),
    source: optional(t.string, { doc: 'Extracted value that holds the tenant.' }),
    value: optional(t.string, { doc: 'The tenant itself.' }),
  }),
  create({ label, source, value }, context) {
    if ([label, source, value].filter((given) => given !== undefined && given !== '').length !== 1) {
      throw new ArgumentError(context.path, 'exactly one of label, source and value must be given');
    }
    return mapStage((entry) => {
      const tenantId = value || (label ? entry.label(label) : toText(entry.extracted(source ?? '')));
      // The value may come from a line, and it becomes a header of the request to Loki.
      if (tenantId && headerProblem('X-Scope-OrgID', tenantId) === undefined) entry.setLabel(TENANT_LABEL, tenantId);
    });
  },
});
