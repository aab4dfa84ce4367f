import { expect } from 'vitest';
import type { SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const FRAMED_MAGIC = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x50, 0x59]);

const header = (name: string, headerName: string, expected: RegExp): SenderCase => ({
  name,
  check: ({ requests }) => expect(requests[0]?.headers[headerName]).toMatch(expected),
});

senderSuite({
  TestProtocolCompliance: [
    header('content_type_protobuf', 'content-type', /^application\/x-protobuf(;|$)/),
    header(
      'content_type_with_proto_param',
      'content-type',
      /^application\/x-protobuf;\s*proto=io\.prometheus\.write\.v2\.Request$/,
    ),
    header('content_encoding_snappy', 'content-encoding', /^snappy$/),
    header('version_header_present', 'x-prometheus-remote-write-version', /./),
    header('version_header_value', 'x-prometheus-remote-write-version', /^2\.0\.0$/),
    header('user_agent_present', 'user-agent', /^[\w.-]+\/\S+/),
    {
      name: 'snappy_block_format',
      check: ({ requests }) => {
        const { body } = requests[0]!;
        expect(body.length).toBeGreaterThan(0);
        expect(Buffer.from(body.subarray(0, FRAMED_MAGIC.length))).not.toEqual(FRAMED_MAGIC);
      },
    },
    {
      // The receiver decodes by protobufjs and a native snappy, and fails the case where it cannot.
      name: 'protobuf_parseable',
      check: (sent) => {
        expect(sent.requests[0]?.symbols.length).toBeGreaterThan(0);
        expect(sent.one('test_metric').samples[0]?.value).toBe(42);
      },
    },
  ],
  TestHTTPMethod: [{ name: '(body)', check: ({ requests }) => expect(requests[0]?.method).toBe('POST') }],
});
