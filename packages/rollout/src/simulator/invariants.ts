/** The invariants of the rollout design that apply to the present scope, one named function each. */
import type { Decision, EngineStep } from '../decision.ts';
import type { EngineInput, PauseInput } from '../engine-input.ts';
import type { RolloutRequest } from '../request.ts';
import * as ofAnalysis from './invariants-of-analysis.ts';
import * as ofDecisions from './invariants-of-decisions.ts';
import * as ofOffers from './invariants-of-offers.ts';
import * as ofReasons from './invariants-of-reasons.ts';
import * as ofRollbacks from './invariants-of-rollbacks.ts';
import * as ofState from './invariants-of-state.ts';
import * as ofTheEnd from './invariants-of-the-end.ts';
import type { ReportObservation, World } from './world.ts';

export interface Violation {
  /** The name of the invariant's function. */
  readonly invariant: string;
  readonly finding: string;
  /** Virtual time, milliseconds since the start of the run. */
  readonly at: number;
}

/** Of the plan, which never changes (3): once. */
const planChecks: readonly ofState.StateCheck[] = [
  ofState.invariant02SizesFollowThePolicy,
  ofState.invariantWavesAreSpread,
  ofRollbacks.invariant14RollbacksAreStaged,
  ofRollbacks.invariantTheUnhealthyGoBackFirst,
];
const stateChecks: readonly ofState.StateCheck[] = [
  ofState.invariant01OneWavePerDevice,
  ofState.invariant02WavesAddUp,
  ofState.invariant03MembershipOnlyGrows,
  ofState.invariant18CountsEqualARecount,
  ofState.invariant20DesiredRevisionOnlyGrows,
  ofOffers.invariantLabelsAreCurrent,
  ofState.invariantNobodyIsToldWhatItRefuses,
  ofState.invariant21OpenDeploymentsHaveADeadline,
  ofRollbacks.invariantPausesHoldWhoWaits,
];
const transitionChecks: readonly ofState.TransitionCheck[] = [
  ofState.invariant03NobodyIsForgotten,
  ofState.invariantOnlyTheAbsentAreSetAside,
  ofState.invariantTheAbsentFailNobody,
  ofState.invariant05OnlyRunningWavesMove,
  ofState.invariant06EarlierWavesAreBehind,
  ofState.invariant08WavesStartOnce,
  ofState.invariant11NothingStartsUnlessRunning,
  ofState.invariant15ApplyingIsNotCanceled,
  ofState.invariant15EndsAreFinal,
  ofState.invariant21NothingTimesOutEarly,
  ofState.invariant25OnlyEmptyWavesAreSkipped,
  ofState.invariant33TransitionsAreAccountable,
  ofOffers.invariant10BudgetsHold,
  ofOffers.invariant13OffersKeepTheirWindow,
  ofOffers.invariantFreezesHold,
  ofOffers.invariantStartsInTime,
  ofOffers.invariantPriorityHolds,
  ofOffers.invariantHoldsHold,
  ofOffers.invariant32ApprovalsPrecede,
  ofOffers.invariantRetriesAreBounded,
];
const stepChecks: readonly ofDecisions.StepCheck[] = [
  ofDecisions.invariant06SoakIsContinuous,
  ofDecisions.invariant07OnlyMetThresholdsAdvance,
  ofDecisions.invariant09DecisionsKeepTheirNumbers,
  ofDecisions.invariant12BreachesAct,
  ofDecisions.invariantTheAbsentAreNotWaitedFor,
  ofDecisions.invariant12NothingStartsOverABreach,
  ofDecisions.invariant14RollbacksAreAskedFor,
  ofRollbacks.invariantRollbacksAreNotHeld,
  ofDecisions.invariant22AlwaysAStepOrABlocker,
  ofDecisions.invariant23TimeGatesOwnATimer,
  ofDecisions.invariant28BreachesAreCertain,
  ofAnalysis.invariantMeasurementsAreTrue,
  ofAnalysis.invariant06AnalysisGates,
  ofAnalysis.invariant12AnalysisActs,
];
const reportChecks: readonly ofDecisions.ReportCheck[] = [
  ofDecisions.invariant15ReportsOnlyGoForward,
  ofDecisions.invariant16OtherAttemptsAreRefused,
  ofDecisions.invariant17DuplicatesChangeNothing,
];
const endChecks: readonly ofTheEnd.EndCheck[] = [
  ofAnalysis.invariantMeasurementsKeepTheirDistance,
  ofOffers.invariantRatesHold,
  ofOffers.invariant13SwitchesKeepTheirWindow,
  ofTheEnd.invariant07EarlyPassesHold,
  ofTheEnd.invariant11UntouchedDevicesStayUntouched,
  ofTheEnd.invariant14RollbacksTakeTheChanged,
  ofTheEnd.invariant24RolloutsEnd,
  ofTheEnd.invariantLateSuccessesAreSettled,
  ofTheEnd.invariant26TheOutcomeIsTrue,
];

/** Watches a run and collects what it finds. */
export interface Watch {
  readonly violations: readonly Violation[];
  decided(world: World, input: EngineInput, step: EngineStep): void;
  applied(world: World, decision: Decision): void;
  /** After a person's request was granted. */
  requested(world: World, request: RolloutRequest, pause: PauseInput | null): void;
  reported(world: World, observation: ReportObservation): void;
  /** To be called after every event. */
  stepped(world: World): void;
  ended(world: World): void;
}

/** @param world as it is before its first event. */
export function createWatch(world: World): Watch {
  const memory = ofState.remember(world);
  const violations: Violation[] = [];
  let seen = 0;
  const note = (at: number, check: { readonly name: string }, finding: ofState.Finding): void => {
    if (finding !== null) violations.push({ invariant: check.name, finding, at: at - world.start });
  };
  const look = (current: World): void => {
    const now = current.timeline.now();
    const { transitions } = current.store;
    for (; seen < transitions.length; seen += 1) {
      const change = transitions[seen];
      if (change !== undefined) for (const check of transitionChecks) note(now, check, check(current, change, memory));
    }
  };
  for (const check of planChecks) note(world.start, check, check(world, memory));
  let written = -1;
  return {
    violations,
    decided: (current, input, step) => {
      for (const check of stepChecks) note(input.now, check, check(current, input, step));
      for (const decision of step.decisions) {
        note(input.now, ofReasons.invariant09ReasonsAreTrue, ofReasons.invariant09ReasonsAreTrue(current, decision));
      }
    },
    applied: (current, decision) => {
      note(current.timeline.now(), ofReasons.invariant09ReasonsFit, ofReasons.invariant09ReasonsFit(decision));
      look(current);
    },
    requested: (current, request, pause) => {
      note(current.timeline.now(), ofReasons.invariantPeopleAreObeyed, ofReasons.invariantPeopleAreObeyed(current, request, pause));
    },
    reported: (current, observation) => {
      for (const check of reportChecks) note(current.timeline.now(), check, check(observation));
    },
    stepped: (current) => {
      look(current);
      if (written === current.store.writes) return;
      written = current.store.writes;
      for (const check of stateChecks) note(current.timeline.now(), check, check(current, memory));
    },
    ended: (current) => {
      for (const check of endChecks) note(current.timeline.now(), check, check(current));
    },
  };
}
