/**
 * The part of node:zlib that the gateway uses. workerd has it since its compatibility date of 2026-08-04; the types of
 * workers-types leave Node's modules out, and those of Node would bring the rest of Node along.
 */
declare module 'node:zlib' {
  interface Options {
    readonly params?: Readonly<Record<number, number>>;
    readonly chunkSize?: number;
  }
  interface SyncOptions extends Options {
    /** A RangeError where more would be produced. */
    readonly maxOutputLength: number;
  }
  interface Unpacker {
    /** Bytes of the input that were used. */
    readonly bytesWritten: number;
    on(event: 'data', listener: (chunk: Uint8Array) => void): this;
    on(event: 'end', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    end(bytes: Uint8Array): void;
    destroy(): void;
  }
  const zlib: {
    readonly constants: { readonly ZSTD_d_windowLogMax: number };
    gunzipSync(bytes: Uint8Array, options: SyncOptions): Uint8Array;
    zstdDecompressSync(bytes: Uint8Array, options: SyncOptions): Uint8Array;
    createGunzip(options: Options): Unpacker;
    createInflate(options: Options): Unpacker;
    createInflateRaw(options: Options): Unpacker;
    createZstdDecompress(options: Options): Unpacker;
  };
  export default zlib;
}
