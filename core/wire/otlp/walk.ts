/**
 * The way down an export request of OTLP, the same for every signal: request, resources, scopes, items. Checks the whole
 * structure (lengths, types, UTF-8, depth) and counts, without building objects. Fields that are unknown stay where they
 * are: whoever forwards the body forwards them.
 */
import { ByteReader, WIRE_BYTES } from '../../bytes/reader.ts';
import { checkField } from '../message-shape.ts';
import { resourceShape, scopeShape } from './schema.ts';

/** The message whose repeated field 1 or 2 leads down to the items. */
type Level = 'request' | 'resource' | 'scope';

const CHILD_TAGS: Readonly<Record<Level, number>> = { request: 0x0a, resource: 0x12, scope: 0x12 };

/** `countItem` gets a span, a log record or a metric, checks it and says how much it counts. Throws malformed_protobuf. */
export function countOtlpItems(body: Uint8Array, countItem: (item: ByteReader) => number): number {
  return countLevel(new ByteReader(body), 'request', countItem);
}

function countLevel(reader: ByteReader, level: Level, countItem: (item: ByteReader) => number): number {
  let items = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== CHILD_TAGS[level]) {
      checkOther(reader, tag, level);
      continue;
    }
    const child = reader.message();
    if (level === 'request') items += countLevel(child, 'resource', countItem);
    else if (level === 'resource') items += countLevel(child, 'scope', countItem);
    else items += countItem(child);
  }
  return items;
}

function checkOther(reader: ByteReader, tag: number, level: Level): void {
  const field = Math.floor(tag / 8);
  if (level !== 'request' && field === 1) {
    const shape = level === 'resource' ? resourceShape : scopeShape;
    checkField(reader, tag, { message: () => shape }, 0);
  } else if (level !== 'request' && field === 3) {
    checkField(reader, tag, 'string', 0);
  } else {
    // The field of the children arrives here only with a wrong wire type.
    if (field === CHILD_TAGS[level] >> 3) reader.expect(tag, WIRE_BYTES);
    reader.skip(tag & 7);
  }
}
