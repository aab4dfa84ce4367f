/** Snappy block format: the compression of remote write and of Loki's push API. The framed format is in snappy-stream.ts. */
export { snappyDecode, snappyDecodedLength } from './snappy-decode.ts';
export { snappyEncode, snappyMaxEncodedLength } from './snappy-encode.ts';
