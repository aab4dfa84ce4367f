/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), the checksum of spool records. Four tables take four bytes a
 * step. `seed` is the checksum of the bytes before, so that a record may be summed in pieces.
 */
const POLYNOMIAL = 0x82f63b78;

const tables = buildTables();

export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
  const [t0, t1, t2, t3] = tables;
  let crc = ~seed;
  let i = start;
  for (const stop = end - 3; i < stop; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 0xff] ^ t2[(crc >>> 8) & 0xff] ^ t1[(crc >>> 16) & 0xff] ^ t0[crc >>> 24];
  }
  for (; i < end; i++) crc = t0[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function buildTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const first = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[i] = crc;
  }
  const extend = (previous: Int32Array) => previous.map((crc) => first[crc & 0xff] ^ (crc >>> 8));
  const second = extend(first);
  const third = extend(second);
  return [first, second, third, extend(third)];
}
