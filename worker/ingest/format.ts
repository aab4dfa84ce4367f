/**
 * What a body claims to be. Decided from headers only, before a byte of it is read, so a body in a format that we do not
 * take answers 415 even when it is broken as well.
 */
import { failure, type Outcome, success } from '../../core/outcome.ts';

export type ContentKind = 'protobuf' | 'json' | 'text' | 'thrift_binary' | 'thrift_compact' | 'opaque';
export type ContentEncoding = '' | 'snappy' | 'gzip' | 'deflate' | 'zstd';

export interface Format {
  readonly kind: ContentKind;
  readonly encoding: ContentEncoding;
}

/** The two headers as the client sent them, or a section of a batch as its agent wrote them; '' where absent. */
export interface FormatHeaders {
  readonly contentType: string;
  readonly contentEncoding: string;
}

export interface Accepted {
  readonly kind: ContentKind;
  readonly types: readonly string[];
  /** Encodings that are taken for this type; '' for none. */
  readonly encodings: readonly string[];
  /** What an absent header stands for. */
  readonly defaultEncoding?: ContentEncoding;
}

export function formatHeaders(headers: Headers): FormatHeaders {
  return {
    contentType: headers.get('content-type') ?? '',
    contentEncoding: headers.get('content-encoding') ?? '',
  };
}

/** Media type without parameters, in lower case. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] as string).trim().toLowerCase();
}

export function negotiate(given: FormatHeaders, accepted: readonly Accepted[]): Outcome<Format> {
  const type = mediaType(given.contentType);
  const match = accepted.find(({ types }) => types.includes(type));
  if (match === undefined) {
    const types = accepted.flatMap((choice) => choice.types).filter((name) => name !== '');
    return unsupported(`Content-Type ${shown(given.contentType)} is not supported here; send ${types.join(' or ')}.`);
  }
  const encoding = given.contentEncoding.trim().toLowerCase();
  if (!match.encodings.includes(encoding)) {
    const names = match.encodings.map((name) => (name === '' ? 'none' : name));
    return unsupported(
      `Content-Encoding ${shown(given.contentEncoding)} is not supported for ${type || 'this route'}; send ${names.join(' or ')}.`,
    );
  }
  const effective = encoding === '' || encoding === 'identity' ? (match.defaultEncoding ?? '') : encoding;
  return success({ kind: match.kind, encoding: effective as ContentEncoding });
}

function shown(header: string): string {
  return header === '' ? '(none)' : JSON.stringify(header.slice(0, 100));
}

function unsupported(message: string) {
  return failure('unsupported_media_type', message);
}
