import type { Assignment, ReportableDeploymentState } from '@sluice/contracts';

/** What becomes of an update on a virtual device. */
export type Behaviour =
  /** It goes well. */
  | { kind: 'succeed' }
  /** It fails its probation: the device goes back to what it ran. */
  | { kind: 'roll_back'; code: string; message: string }
  /** It fails before the switch: what ran goes on. */
  | { kind: 'fail'; code: string; message: string }
  /** The device stops working on it after it reported this state (default: before any report). It still asks for what to run. */
  | { kind: 'silent'; after?: Extract<ReportableDeploymentState, 'accepted' | 'downloading' | 'staged' | 'applying' | 'verifying'> };

/** Decides what becomes of an update, from who the device is and what it shall run. Called once for each update. */
export type BehaviourOf = (device: { index: number; name: string; id: string }, assignment: Assignment) => Behaviour;

/** Every update goes well. */
export const alwaysSucceed: BehaviourOf = () => ({ kind: 'succeed' });
