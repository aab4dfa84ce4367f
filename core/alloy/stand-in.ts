/** Values for attributes whose own are mistaken, so that what stands beside them can still be checked. Nothing acts on them. */
import type { AttributeType, Field } from './schema.ts';
import { Unknown } from './scope.ts';
import { Secret } from './values.ts';

/** Among them one that is right for URLs, expressions and templates, one for selectors, one for patterns, one for names. */
const TEXTS = ['http://stand-in.example/', '{a="b"}', '<a> b', 'a'] as const;

/** `refused`: how many of them were refused. Undefined is one of them where the attribute may be left out. */
export function standInFor(field: Field & { readonly field: 'attribute' }, refused: number): unknown {
  const own = field.required ? [] : [field.default];
  return refused < own.length ? own[refused] : sample(field.type, refused - own.length);
}

/** More than these are not tried. */
export const MAX_STAND_INS = TEXTS.length + 1;

function sample(type: AttributeType<unknown>, refused: number): unknown {
  switch (type.kind) {
    case 'string':
      return type.oneOf?.[0] ?? TEXTS[refused % TEXTS.length];
    case 'secret':
      return new Secret('');
    case 'optional_secret':
      return '';
    case 'bool':
      return false;
    case 'list':
      return [];
    case 'map':
      return Object.create(null);
    case 'capsule':
      return new Unknown(type.capsule ?? '');
    case 'any':
      return new Unknown();
    case 'duration':
      return 60_000;
    default:
      return 1;
  }
}
