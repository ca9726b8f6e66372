import { Uuid } from '@sluice/contracts';
import { type Static, type TSchema, Type } from 'typebox';

/** What a kind of job carries and how it is run. Handlers are idempotent: a job may run twice, late, or never. */
export type JobDefinition = {
  schema: TSchema;
  /** The handler's signal aborts after this time. */
  timeoutMs: number;
  /** How often it is tried in all. */
  attempts: number;
  /** Delay before the second try; doubles with each further one. */
  backOffMs: number;
};

const gitRemote = Type.Object({ gitRemoteId: Uuid }, { additionalProperties: false });

const nothing = Type.Object({}, { additionalProperties: false });

/**
 * Every job there is. Jobs carry ids, never state: they are hints to look at Postgres, so that a lost queue costs time and nothing else.
 */
export const catalogue = {
  /** Something happened to this rollout: bring it as far as it can go now. */
  'rollout.advance': {
    schema: Type.Object({ rolloutId: Uuid }, { additionalProperties: false }),
    timeoutMs: 120_000,
    attempts: 5,
    backOffMs: 500,
  },
  /** Look for all rollouts with something to do. The worker does so by itself every few seconds; this asks for it now. */
  'rollout.sweep': { schema: nothing, timeoutMs: 120_000, attempts: 1, backOffMs: 1_000 },
  /** Something happened that a promotion may wait for: start what is eligible now. */
  'promotion.look': { schema: nothing, timeoutMs: 120_000, attempts: 1, backOffMs: 1_000 },
  /** The history has moved on, or somebody asked: push it to this mirror. Failures are kept in Postgres, which also says when to try again. */
  'git.mirror': { schema: gitRemote, timeoutMs: 600_000, attempts: 1, backOffMs: 1_000 },
  /** Something was pushed there, or somebody asked: import what is new on the branch of this remote. */
  'git.import': { schema: gitRemote, timeoutMs: 600_000, attempts: 1, backOffMs: 1_000 },
  /** Forget what is too old to be of use: change events, idempotency keys, sessions, health reports. */
  'retention.sweep': { schema: nothing, timeoutMs: 300_000, attempts: 2, backOffMs: 30_000 },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof catalogue;
export type JobPayload<N extends JobName> = Static<(typeof catalogue)[N]['schema']>;

export const jobNames = Object.keys(catalogue) as readonly JobName[];

/** Whether a text names a job of the catalogue. */
export function isJobName(text: string): text is JobName {
  return Object.hasOwn(catalogue, text);
}
