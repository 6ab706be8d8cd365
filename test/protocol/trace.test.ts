import {
  clientTraceId,
  parseEnvelope,
  readTrace,
  traceOfXray,
  xrayHeaderOf,
  xrayTraceId,
  xrayTraceIdOf,
} from '../../lib/protocol';

const ROOT = '1-5759e988-bd862e3fe1be46a994272793';
const HEADER = `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2`;
const TRACE = { traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01' };

test('a trace keeps root, parent and sampling on its way to a queue, and loses its lineage', () => {
  expect(traceOfXray(HEADER)).toEqual(TRACE);
  expect(xrayHeaderOf(TRACE)).toBe(`Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`);
  expect([xrayTraceId(HEADER), xrayTraceIdOf(TRACE)]).toEqual([ROOT, ROOT]);
});

test.each([
  ['Sampled=0', '00'],
  ['Sampled=?', '00'],
  ['', '00'],
])('a trace with %s is not sampled', (sampled, flags) => {
  const trace = traceOfXray(`Root=${ROOT};Parent=53995c3f42cd8ad8;${sampled}`);
  expect(trace?.traceparent.slice(-2)).toBe(flags);
  expect(xrayHeaderOf(trace!)).toMatch(/;Sampled=0$/);
});

test.each([
  undefined,
  '',
  'f3b1c0de-0000-4000-8000-000000000000',
  `Root=${ROOT}`,
  `Root=${ROOT};Parent=0000000000000000;Sampled=1`,
  'Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8',
  `Self=${ROOT};Parent=53995c3f42cd8ad8`,
])('the header %s has no trace that can be carried on', (header) => {
  expect(traceOfXray(header)).toBeUndefined();
});

test.each([
  undefined,
  null,
  TRACE.traceparent,
  {},
  { traceparent: 7 },
  { traceparent: `${TRACE.traceparent}-more` },
  { traceparent: TRACE.traceparent.toUpperCase() },
  { traceparent: `${TRACE.traceparent}\n` },
  { traceparent: '00-00000000000000000000000000000000-53995c3f42cd8ad8-01' },
  { traceparent: `01${TRACE.traceparent.slice(2)}` },
])('a message with the trace %j is accepted without it', (trace) => {
  expect(readTrace(trace)).toBeUndefined();
  const envelope = { id: 'a', to: 'Mail', time: '2026-11-30T12:00:00Z', body: 1, correlationId: 'r-1' };
  expect(parseEnvelope(JSON.stringify({ ...envelope, trace }))).toEqual(envelope);
});

test('a message keeps its trace, but no other member of it', () => {
  const envelope = { id: 'a', to: 'Mail', time: '2026-11-30T12:00:00Z', body: 1, group: 'g', later: true };
  const text = JSON.stringify({ ...envelope, trace: { ...TRACE, tracestate: 'vendor=anna' } });
  expect(parseEnvelope(text)).toEqual({ ...envelope, trace: TRACE });
});

test('only the trace id of a client is read', () => {
  expect(clientTraceId(TRACE.traceparent)).toBe('5759e988bd862e3fe1be46a994272793');
  expect(clientTraceId(`cc${TRACE.traceparent.slice(2)}-later`)).toBe('5759e988bd862e3fe1be46a994272793');
  for (const wrong of [undefined, '', `ff${TRACE.traceparent.slice(2)}`, `${TRACE.traceparent}x`, 'anna@example.com']) {
    expect(clientTraceId(wrong)).toBeUndefined();
  }
});
