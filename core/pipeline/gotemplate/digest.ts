/**
 * SHA3-256 of texts, for the functions by which templates pseudonymise values. Written out here because core has no
 * cryptography of a platform, and that of browsers and workers cannot be called in the middle of a line.
 */

const SHA3_RATE = 136;

const LANE = (1n << 64n) - 1n;

/** FIPS 202, on 64-bit lanes as BigInt: a hundred times slower than native code, which is enough for a label value. */
export function sha3Hex(text: string): string {
  const message = new TextEncoder().encode(text);
  const padded = new Uint8Array((Math.floor(message.length / SHA3_RATE) + 1) * SHA3_RATE);
  padded.set(message);
  padded[message.length] = 0x06;
  padded[padded.length - 1]! |= 0x80;
  const view = new DataView(padded.buffer);
  const state: bigint[] = Array.from({ length: 25 }, () => 0n);
  for (let at = 0; at < padded.length; at += SHA3_RATE) {
    for (let i = 0; i < SHA3_RATE / 8; i++) state[i] = state[i]! ^ view.getBigUint64(at + 8 * i, true);
    keccak(state);
  }
  const out = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 4; i++) out.setBigUint64(8 * i, state[i]!, true);
  return [...new Uint8Array(out.buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const rotated = (lane: bigint, by: bigint): bigint => ((lane << by) | (lane >> (64n - by))) & LANE;

function keccak(state: bigint[]): void {
  let register = 1;
  for (let round = 0; round < 24; round++) {
    theta(state);
    rhoPi(state);
    chi(state);
    // iota: the constant of the round comes out of a linear feedback shift register.
    for (let bit = 0; bit < 7; bit++) {
      if (register & 1) state[0] = state[0]! ^ (1n << BigInt((1 << bit) - 1));
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
  }
}

function theta(state: bigint[]): void {
  const parity = [0, 1, 2, 3, 4].map(
    (x) => state[x]! ^ state[x + 5]! ^ state[x + 10]! ^ state[x + 15]! ^ state[x + 20]!,
  );
  for (let i = 0; i < 25; i++) {
    state[i] = state[i]! ^ parity[(i + 4) % 5]! ^ rotated(parity[(i + 1) % 5]!, 1n);
  }
}

function rhoPi(state: bigint[]): void {
  let [x, y] = [1, 0];
  let lane = state[1]!;
  for (let step = 0; step < 24; step++) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    const at = x + 5 * y;
    const next = state[at]!;
    state[at] = rotated(lane, BigInt((((step + 1) * (step + 2)) / 2) % 64));
    lane = next;
  }
}

function chi(state: bigint[]): void {
  for (let y = 0; y < 25; y += 5) {
    const row = state.slice(y, y + 5);
    for (let x = 0; x < 5; x++) state[y + x] = row[x]! ^ (~row[(x + 1) % 5]! & LANE & row[(x + 2) % 5]!);
  }
}
