import { silentLog } from '@sluice/platform/log';
import { expect, it } from 'vitest';
import { jobNames } from './catalogue.ts';
import { checkHandlers, createJobRunner, type JobHandlers, JobHandlersError } from './create-job-runner.ts';

const done = async (): Promise<void> => undefined;
const complete: JobHandlers = {
  'rollout.advance': done,
  'rollout.sweep': done,
  'promotion.look': done,
  'retention.sweep': done,
  'git.mirror': done,
  'git.import': done,
};

it('when every job of the catalogue has its handler, the handlers are accepted', () => {
  expect(() => checkHandlers(complete)).not.toThrow();
  expect(Object.keys(complete).sort()).toEqual([...jobNames].sort());
});

it('when a handler is missing, the runner refuses to start and names the job', () => {
  const { 'rollout.sweep': _left, ...rest } = complete;
  expect(() => checkHandlers(rest)).toThrow(JobHandlersError);
  expect(() => checkHandlers(rest)).toThrow(/missing: rollout\.sweep/);
});

it('when a handler belongs to no job, the runner refuses to start and names it, before it touches the queue', () => {
  const handlers = { ...complete, 'rollout.unknown': done };
  expect(() => createJobRunner({ connectionString: 'postgres://nowhere.invalid', handlers, log: silentLog })).toThrow(
    /not in the catalogue: rollout\.unknown/,
  );
});
