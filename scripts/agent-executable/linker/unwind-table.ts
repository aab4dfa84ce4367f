/**
 * The table by which exceptions of C++ find out how to leave a function (.eh_frame_hdr, Linux Standard Base 5): one for all
 * objects, because the unwinder takes one per program.
 */
import { BuildError } from '../build-step.ts';

/** Version 1; pointer relative to itself; count absolute; entries relative to the table, each of 4 bytes. */
const FORMAT = 0x3b031b01;
const HEADER_BYTES = 12;
const ENTRY_BYTES = 8;

/** `tables` are the addresses of the old ones, `address` that of the new one. */
export function joinUnwindTables(memory: Buffer, tables: readonly number[], address: number): Buffer {
  const entries = tables.flatMap((table) => readEntries(memory, table)).sort((a, b) => a[0] - b[0]);
  const joined = Buffer.alloc(HEADER_BYTES + entries.length * ENTRY_BYTES);
  joined.writeUInt32LE(FORMAT, 0);
  const [first] = tables as [number];
  joined.writeInt32LE(first + 4 + memory.readInt32LE(first + 4) - (address + 4), 4);
  joined.writeUInt32LE(entries.length, 8);
  entries.forEach(([code, description], i) => {
    joined.writeInt32LE(code - address, HEADER_BYTES + i * ENTRY_BYTES);
    joined.writeInt32LE(description - address, HEADER_BYTES + i * ENTRY_BYTES + 4);
  });
  return joined;
}

/** Addresses of functions, and of what describes them. */
function readEntries(memory: Buffer, table: number): [number, number][] {
  if (memory.readUInt32LE(table) !== FORMAT) throw new BuildError('the runtime has an unwind table of unknown form');
  return Array.from({ length: memory.readUInt32LE(table + 8) }, (_, i) => {
    const at = table + HEADER_BYTES + i * ENTRY_BYTES;
    return [table + memory.readInt32LE(at), table + memory.readInt32LE(at + 4)];
  });
}
