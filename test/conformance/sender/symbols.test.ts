import { expect } from 'vitest';
import type { SenderCase, Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const LABELLED = 'test_metric{label="value"} 42\n';

function everyRequest(
  name: string,
  exposition: string,
  check: (request: Sent['requests'][number]) => void,
): SenderCase {
  return {
    name,
    exposition,
    check: ({ requests }) => {
      for (const request of requests) {
        expect(request.series.length).toBeGreaterThan(0);
        check(request);
      }
    },
  };
}

senderSuite({
  TestSymbolTable: [
    everyRequest('empty_string_at_index_zero', 'test_metric 42\n', ({ symbols }) => expect(symbols[0]).toBe('')),
    everyRequest(
      'string_deduplication',
      'test_metric{foo="bar",baz="qux"} 1\nother_metric{foo="bar",baz="qux"} 2\nanother_metric{foo="bar"} 3\n',
      ({ symbols }) => expect(symbols).toHaveLength(new Set(symbols).size),
    ),
    everyRequest('labels_refs_valid_indices', LABELLED, ({ series, symbols }) => {
      for (const { refs } of series) for (const ref of refs) expect(ref).toBeLessThan(symbols.length);
    }),
    everyRequest('labels_refs_even_length', LABELLED, ({ series }) => {
      for (const { refs } of series) expect(refs.length % 2).toBe(0);
    }),
  ],
  TestSymbolTableEfficiency: [
    {
      name: '(body)',
      exposition: `http_requests_total{method="GET",status="200",handler="/api/v1"} 100
http_requests_total{method="POST",status="200",handler="/api/v1"} 50
http_requests_total{method="GET",status="404",handler="/api/v1"} 10
http_requests_total{method="GET",status="200",handler="/api/v2"} 75
`,
      check: ({ request }) => {
        const { symbols, series } = request;
        const used = series.flatMap(({ labelList, metadata }) => [
          ...labelList.flat(),
          metadata?.help ?? '',
          metadata?.unit ?? '',
        ]);
        // Each text that is used is there once, and nothing else but the empty one.
        expect(new Set(symbols)).toEqual(new Set(['', ...used]));
        expect(symbols.length).toBeLessThanOrEqual(30);
      },
    },
  ],
});
