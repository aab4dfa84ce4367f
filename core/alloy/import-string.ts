/** `import.string`: a module from a text, mostly the export of another component such as local.file. */
import { type ComponentContext, defineComponent } from './component.ts';
import { body, required, t } from './schema.ts';
import { Secret } from './values.ts';

const schema = body({
  content: required(t.optionalSecret, { doc: 'The text of the module.' }),
});

export const importString = defineComponent<typeof schema, ComponentContext>({
  name: 'import.string',
  summary: 'Makes the declare blocks of a text available as custom components.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: {},
  create(_context, args) {
    let content = args.content;
    return {
      update(next) {
        content = next.content;
      },
      exports: () => ({ content: content instanceof Secret ? content.reveal() : content }),
    };
  },
});
