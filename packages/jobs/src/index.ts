/** The jobs of the control plane: one catalogue, a typed way to ask for them and a typed way to do them. */
export { catalogue, type JobDefinition, type JobName, type JobPayload, jobNames } from './catalogue.ts';
export type { QueueConnection } from './connection.ts';
export {
  createJobRunner,
  type JobHandler,
  type JobHandlers,
  JobHandlersError,
  type JobRunner,
  type JobRunnerOptions,
} from './create-job-runner.ts';
export { createJobs, type EnqueueOptions, type Jobs, type JobsOptions } from './create-jobs.ts';
