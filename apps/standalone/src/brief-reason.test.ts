import { ChildStartError } from '@sluice/platform/process';
import { expect, it } from 'vitest';
import { briefReason } from './brief-reason.ts';

it('when a process ended before it was ready, its own last words are the reason, not its logs and stacks', () => {
  const output = [
    '{"level":"info","msg":"starting"}',
    'The api could not be started: no such database',
    '    at connect (file:///store.ts:1:1)',
    '{"level":"info","msg":"bye"}',
  ].join('\n');
  const error = new ChildStartError('api ended before it was ready (code 1)', output);
  expect(briefReason(error)).toBe('The api could not be started: no such database');
});

it('when it said nothing, what happened to it is the reason', () => {
  expect(briefReason(new ChildStartError('api ended before it was ready (SIGKILL)', ''))).toBe('api ended before it was ready (SIGKILL)');
  expect(briefReason(new Error('the disk is full'))).toBe('the disk is full');
});
