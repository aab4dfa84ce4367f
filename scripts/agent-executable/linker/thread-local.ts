/**
 * The thread-local storage of several objects as that of one program. Code of the program has its offsets from the thread's
 * pointer built in, so the program keeps its place: the last before the pointer on x64, the first behind it on arm64.
 */
import { BuildError } from '../build-step.ts';
import { SEGMENT } from './format.ts';
import { type ElfImage, segmentOf } from './image.ts';

/** On arm64 this much lies between the pointer and the first variable; a larger alignment would widen it. */
const MAX_ALIGN_BYTES = 16;

export interface ThreadLocal {
  /** Of the objects in turn. */
  readonly starts: readonly number[];
  readonly content: Buffer;
  readonly align: number;
}

export function placeThreadLocal(images: readonly ElfImage[]): ThreadLocal {
  const blocks = images.map((image) => {
    const { address = 0, fileBytes = 0, bytes = 0, align = 1 } = segmentOf(image, SEGMENT.tls) ?? {};
    if (align > MAX_ALIGN_BYTES || address % align !== 0) {
      throw new BuildError('the thread-local storage of the runtime has an alignment that cannot be kept');
    }
    // What is zero at the start has no place in memory: other data lies there.
    return { bytes: aligned(bytes, align), align, content: image.memory.subarray(address, address + fileBytes) };
  });
  const order = images.map((_, i) => i);
  if (images[0]?.machine === 'x64') order.reverse();
  const align = Math.max(...blocks.map((block) => block.align));
  const starts: number[] = [];
  let end = 0;
  for (const i of order) {
    const block = blocks[i] as (typeof blocks)[number];
    // The end of the last one is what the pointer of x64 is at, and it is a multiple of every alignment.
    const isLast = i === order.at(-1);
    starts[i] = isLast ? aligned(end + block.bytes, align) - block.bytes : aligned(end, block.align);
    end = (starts[i] as number) + block.bytes;
  }
  const content = Buffer.alloc(end);
  for (const [i, block] of blocks.entries()) block.content.copy(content, starts[i]);
  return { starts, content, align };
}

export function aligned(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
