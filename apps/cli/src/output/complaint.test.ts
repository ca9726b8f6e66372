import { expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { complaintLines, formatComplaint } from './complaint.ts';
import { noPaint } from './paint.ts';

const error = new CliError('FLOWS_MALFORMED', 'A node has no type.', {
  exitCode: 1,
  fields: [
    { pointer: '/1/type', detail: 'is missing' },
    { pointer: '/2', detail: 'A node has no type.' },
  ],
  candidates: ['a', '\u001b[2Jb'],
  hint: 'Give it one.',
  traceId: 'trace-1',
});

it('when an error is shown to people, it says what, where, what else and what to do, each once', () => {
  expect(complaintLines(error)).toEqual([
    'sluice: A node has no type. [FLOWS_MALFORMED]',
    '  /1/type: is missing',
    '  At /2',
    '  Candidates: a, \ufffd[2Jb',
    '  Give it one.',
    "  Trace id, for the control plane's log: trace-1",
  ]);
});

it('when there are many candidates, the rest is counted', () => {
  const many = new CliError('NOT_FOUND', 'no', { candidates: Array.from({ length: 25 }, (_, index) => `n${index}`) });
  expect(complaintLines(many)[1]).toMatch(/n19 and 5 more$/);
});

it('when the format is JSON, the error is one line of JSON with code and exit code', () => {
  const text = formatComplaint(error, 'json', noPaint);
  expect(text.split('\n')).toHaveLength(2);
  expect(JSON.parse(text).error).toMatchObject({ code: 'FLOWS_MALFORMED', exitCode: 1, hint: 'Give it one.', traceId: 'trace-1' });
});
