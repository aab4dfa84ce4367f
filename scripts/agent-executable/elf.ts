/** What has to be known of the format of Linux programs. Never follows an offset out of the file. */
import { BuildError } from './build-step.ts';

const MAGIC = 0x7f454c46;
const CLASS_64_LITTLE_ENDIAN = 0x0201;
/** Offsets into the file's header, and into the header of a segment. */
const HEADER = { segments: 32, sections: 40, segmentBytes: 54, segmentCount: 56, sectionCount: 60, sectionNames: 62 };
const HEADER_BYTES = 64;
const SEGMENT = { offset: 8, fileBytes: 32, bytes: 56 };

/**
 * The program without its table of sections and what lies behind the last segment: the symbols, a seventh of Node, which
 * debuggers read and the system does not.
 */
export function withoutSections(program: Buffer): Buffer {
  checkFormat(program);
  const stripped = Buffer.from(program.subarray(0, endOfSegments(program)));
  stripped.writeBigUInt64LE(0n, HEADER.sections);
  stripped.writeUInt16LE(0, HEADER.sectionCount);
  stripped.writeUInt16LE(0, HEADER.sectionNames);
  return stripped;
}

export function checkFormat(program: Buffer): void {
  const known =
    program.length >= HEADER_BYTES &&
    program.readUInt32BE(0) === MAGIC &&
    program.readUInt16BE(4) === CLASS_64_LITTLE_ENDIAN;
  if (!known) throw new BuildError('the program of the runtime is no 64-bit ELF file');
}

function endOfSegments(program: Buffer): number {
  const first = Number(program.readBigUInt64LE(HEADER.segments));
  const bytes = program.readUInt16LE(HEADER.segmentBytes);
  let end = first + bytes * program.readUInt16LE(HEADER.segmentCount);
  const headers = end;
  if (bytes < SEGMENT.bytes || headers > program.length) throw new BuildError('the program of the runtime is cut off');
  for (let at = first; at < headers; at += bytes) {
    const offset = program.readBigUInt64LE(at + SEGMENT.offset);
    end = Math.max(end, Number(offset + program.readBigUInt64LE(at + SEGMENT.fileBytes)));
  }
  if (end > program.length) throw new BuildError('the program of the runtime ends before its last segment does');
  return end;
}
