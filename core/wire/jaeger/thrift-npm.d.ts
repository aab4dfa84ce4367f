// The packages have no types; only tests use them, as an oracle.
declare module 'thrift' {
  export interface Protocol {
    writeStructBegin(name: string): void;
    writeStructEnd(): void;
    writeFieldBegin(name: string, type: number, id: number): void;
    writeFieldEnd(): void;
    writeFieldStop(): void;
    writeListBegin(type: number, size: number): void;
    writeListEnd(): void;
    writeSetBegin(type: number, size: number): void;
    writeSetEnd(): void;
    writeMapBegin(key: number, value: number, size: number): void;
    writeMapEnd(): void;
    writeBool(value: boolean): void;
    writeByte(value: number): void;
    writeI16(value: number): void;
    writeI32(value: number): void;
    writeI64(value: unknown): void;
    writeDouble(value: number): void;
    writeString(value: string): void;
    writeBinary(value: unknown): void;
  }
  export class TBufferedTransport {
    constructor(buffer: undefined, onFlush: (bytes: Uint8Array) => void);
    flush(): void;
  }
  export class TBinaryProtocol implements Protocol {
    constructor(transport: TBufferedTransport);
  }
  export interface TBinaryProtocol extends Protocol {}
  export class TCompactProtocol implements Protocol {
    constructor(transport: TBufferedTransport);
  }
  export interface TCompactProtocol extends Protocol {}
}
declare module 'node-int64' {
  export default class Int64 {
    constructor(high: number, low: number);
  }
}
