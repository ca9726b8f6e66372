import type { RolloutState } from '@sluice/contracts';
import { requestAdvance } from './advance.ts';
import { assertNever } from './assert-never.ts';
import type { Decision } from './decision.ts';
import { decision } from './decision-builder.ts';
import { isTerminalRolloutState } from './deployment-states.ts';
import type { EngineInput } from './engine-input.ts';

/** What a person may ask of a rollout. `roll_back` aborts it and sends back the devices it already changed; `advance` forces the next wave. */
export const rolloutRequests = ['pause', 'resume', 'advance', 'abort', 'roll_back', 'reject'] as const;
export type RolloutRequest = (typeof rolloutRequests)[number];

export type RequestRefusalCode =
  | 'not_pending'
  | 'not_started'
  | 'not_running'
  | 'not_paused'
  | 'already_paused'
  | 'already_aborting'
  | 'not_at_gate'
  | 'rollout_ended';

export type RequestOutcome =
  | { readonly outcome: 'accepted'; readonly decisions: readonly Decision[] }
  | { readonly outcome: 'refused'; readonly code: RequestRefusalCode; readonly sentence: string };

/**
 * What a person's command does now. Carry out the decisions in the transaction of the request (all or none, with the person as the
 * actor), so that nothing new is offered once the answer is out; then run {@link decide} as after any change.
 *
 * - pause: nothing new starts and no deadline passes until resumed (deadlines move by the length of the pause); soak time runs on.
 * - resume: after a pause by a person the gates stay as they are; after a breach, a regress or an inconclusive wave it forces every
 *   gate of that wave, and of that wave alone.
 * - advance: the wave that waits at a gate waits no longer. One that soaks or is measured is forced; one that lacks approvals starts without
 *   them. Freezes, the start of the rollout and devices that are still at work are not passed this way.
 * - abort: no new starts, cancel what has not begun to change; the rollout ends as `aborted`.
 * - reject: a rollout that waits for its approval ends as `rejected`.
 * - roll_back: abort, and the devices that succeeded go back. Also allowed while aborting.
 */
export function decideRequest(input: EngineInput, request: RolloutRequest): RequestOutcome {
  const { state } = input.rollout;
  if (isTerminalRolloutState(state)) return refuse('rollout_ended', 'The rollout has ended. Start a new one to change devices again.');
  switch (request) {
    case 'pause':
      return requestPause(input);
    case 'resume':
      return requestResume(input);
    case 'advance': {
      const advance = requestAdvance(input);
      return 'decision' in advance ? accept([advance.decision]) : refuse(advance.code, advance.sentence);
    }
    case 'abort':
      if (state === 'aborting') return refuse('already_aborting', 'The rollout is already being aborted.');
      return requestAbort(input, false);
    case 'roll_back':
      if (state === 'aborting' && input.rollout.abort?.rollBack === true)
        return refuse('already_aborting', 'The rollout is already rolling back.');
      return requestAbort(input, true);
    case 'reject':
      return requestRejection(input);
    default:
      return assertNever(request);
  }
}

function requestRejection(input: EngineInput): RequestOutcome {
  if (input.rollout.state !== 'pending_approval')
    return refuse('not_pending', 'The rollout does not wait for its approval. Abort it instead.');
  return accept([decision(input, { kind: 'reject_rollout' }, { code: 'rejected_by_person', wave: null })]);
}

function requestPause(input: EngineInput): RequestOutcome {
  const { state } = input.rollout;
  if (state === 'paused') return refuse('already_paused', 'The rollout is already paused.');
  if (state === 'aborting') return refuse('already_aborting', 'The rollout is being aborted and starts nothing new.');
  if (state !== 'running') return refuse('not_started', 'The rollout has not started. Abort it if it shall not start.');
  const change = { kind: 'pause_rollout', cause: 'person', causeWave: null, pausedAt: input.now } as const;
  return accept([decision(input, change, { code: 'requested_by_person', wave: null })]);
}

function requestResume(input: EngineInput): RequestOutcome {
  const { state, pause } = input.rollout;
  if (state !== 'paused' || pause === null) return refuse('not_paused', 'The rollout is not paused.');
  const forced = pause.cause === 'person' ? undefined : input.waves.find((wave) => wave.index === pause.wave);
  const decisions: Decision[] = [];
  if (forced !== undefined) {
    decisions.push(
      decision(input, { kind: 'force_gate', wave: forced.index }, { code: 'requested_by_person', wave: forced, rollout: ['paused'] }),
    );
  }
  const change = { kind: 'resume_rollout', extendDeadlinesByMs: input.now - pause.at } as const;
  decisions.push(decision(input, change, { code: 'requested_by_person', wave: null }));
  return accept(decisions);
}

function requestAbort(input: EngineInput, rollBack: boolean): RequestOutcome {
  const { state, pause, abort } = input.rollout;
  const extendDeadlinesByMs = pause === null ? 0 : input.now - pause.at;
  const rollout: readonly RolloutState[] = [state];
  // A breach stays the cause when a person adds the rollback: the rollout failed, whoever cleans up.
  const change = { kind: 'begin_abort', cause: abort?.cause ?? 'person', rollBack, extendDeadlinesByMs } as const;
  return accept([decision(input, change, { code: 'requested_by_person', wave: null, rollout })]);
}

const accept = (decisions: readonly Decision[]): RequestOutcome => ({ outcome: 'accepted', decisions });
const refuse = (code: RequestRefusalCode, sentence: string): RequestOutcome => ({ outcome: 'refused', code, sentence });
