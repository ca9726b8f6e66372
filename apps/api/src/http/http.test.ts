import { Closed, Labels, Name, OneOf } from '@sluice/contracts';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { optionalVersion, requiredVersion } from './entity-tag.ts';
import { fieldErrorsOf } from './field-errors.ts';
import { createMetrics } from './metrics.ts';
import { createRouteTable } from './route-table.ts';
import { refuseUnstorableText } from './unsafe-text.ts';
import { convertTexts } from './validation.ts';

const code = (value: string): unknown => expect.objectContaining({ code: value });

it('when texts of a query are converted, only exact numbers and booleans are', () => {
  const schema = Closed({ limit: Type.Integer(), active: Type.Boolean(), search: Type.String() });
  expect(convertTexts(schema, { limit: '7', active: 'true', search: '12' })).toEqual({ limit: 7, active: true, search: '12' });
  const wrong = { limit: '7.9', active: 'yes', search: ['a', 'b'] };
  expect(convertTexts(schema, wrong)).toEqual(wrong);
  expect(convertTexts(schema, { limit: '1e3' })).toEqual({ limit: '1e3' });
});

it('when a request does not fit, each bad place has a pointer and says what is allowed', () => {
  const schema = Closed({ name: Name, kind: OneOf(['a', 'b'] as const), labels: Labels });
  const errors = fieldErrorsOf(Compile(schema).Errors({ kind: 'c', 'o/d~d': 1, labels: {} }));
  expect(errors).toEqual(
    expect.arrayContaining([
      { pointer: '/name', detail: 'is required' },
      { pointer: '/kind', detail: 'must be one of "a", "b"' },
      { pointer: '/o~1d~0d', detail: 'is not a known property; check its spelling or remove it' },
    ]),
  );
  expect(errors).toHaveLength(3);
});

it('when a body has thousands of bad places, the list stays short', () => {
  const schema = Type.Array(Type.Integer());
  expect(fieldErrorsOf(Compile(schema).Errors(Array.from({ length: 5000 }, () => 'x'))).length).toBeLessThanOrEqual(20);
});

it('when If-Match is read, it is a tag of ours, any, or a clear refusal', () => {
  const headers = (value: string): { headers: { 'if-match': string } } => ({ headers: { 'if-match': value } });
  expect(requiredVersion(headers('"3"'))).toBe(3);
  expect(requiredVersion(headers('*'))).toBeNull();
  expect(optionalVersion({ headers: {} })).toBeUndefined();
  expect(() => requiredVersion({ headers: {} })).toThrow(code('PRECONDITION_REQUIRED'));
  for (const bad of ['3', 'W/"3"', '"x"', '"99999999999999999999"'])
    expect(() => requiredVersion(headers(bad))).toThrow(code('BAD_REQUEST'));
});

it('when a text cannot be stored, it is refused with its pointer', () => {
  const errors = (pointer: string): unknown => expect.objectContaining({ errors: [expect.objectContaining({ pointer })] });
  expect(() => refuseUnstorableText({ a: ['fine', { 'b/c': 'x\u0000' }] })).toThrow(errors('/a/1/b~1c') as Error);
  expect(() => refuseUnstorableText({ a: '\ud800' })).toThrow(errors('/a') as Error);
  expect(() => refuseUnstorableText({ a: '😀', b: [1, null, true] })).not.toThrow();
});

it('when a path is known under other methods, they are found', () => {
  const table = createRouteTable();
  table.add({ method: ['GET', 'POST'], url: '/api/v1/things' });
  table.add({ method: 'DELETE', url: '/api/v1/things/:id' });
  table.add({ method: 'GET', url: '/*' });
  expect(table.methodsOf('/api/v1/things')).toEqual(['GET', 'POST']);
  expect(table.methodsOf('/api/v1/things/7')).toEqual(['DELETE']);
  expect(table.methodsOf('/api/v1/things/7/x')).toEqual([]);
});

it('when metrics are rendered, they are in Prometheus’ text format', () => {
  const metrics = createMetrics();
  const requests = metrics.counter('requests_total', 'Requests.');
  requests.add({ route: '/a"b' });
  requests.add({ route: '/a"b' }, 2);
  metrics.gauge('streams', 'Streams.').set(3);
  const durations = metrics.histogram('seconds', 'Durations.', [0.1, 1]);
  durations.observe(0.5);
  durations.observe(5);
  expect(metrics.render()).toBe(
    [
      '# HELP requests_total Requests.\n# TYPE requests_total counter\nrequests_total{route="/a\\"b"} 3\n',
      '# HELP streams Streams.\n# TYPE streams gauge\nstreams 3\n',
      '# HELP seconds Durations.\n# TYPE seconds histogram\nseconds_bucket{le="0.1"} 0\nseconds_bucket{le="1"} 1\n',
      'seconds_bucket{le="+Inf"} 2\nseconds_sum 5.5\nseconds_count 2\n',
    ].join(''),
  );
  expect(() => metrics.gauge('streams', 'Again.')).toThrow(/exists already/);
});
