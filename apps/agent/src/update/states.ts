/** The states of one update, in the order of success; below, the way back. */
export const updateStates = [
  'IDLE',
  'CHECK',
  'VERIFY',
  'RESERVE_DISK',
  'DOWNLOAD',
  'STAGE',
  'PREFLIGHT',
  'WAIT_WINDOW',
  'ACTIVATE',
  'PROBATION',
  'COMMIT',
  'REPORT',
  'GC',
  'ROLL_BACK',
  'VERIFY_ROLLBACK',
  'ROLLED_BACK',
  'SAFE_MODE',
] as const;
export type UpdateState = (typeof updateStates)[number];

/** States in which nothing that runs has been touched yet: failing there only needs cleaning up. */
export const harmlessStates = [
  'CHECK',
  'VERIFY',
  'RESERVE_DISK',
  'DOWNLOAD',
  'STAGE',
  'PREFLIGHT',
  'WAIT_WINDOW',
] as const satisfies readonly UpdateState[];

/** States in which the agent rests until there is something new to do. */
export const restingStates = ['IDLE', 'SAFE_MODE'] as const satisfies readonly UpdateState[];

export function isHarmless(state: UpdateState): boolean {
  return (harmlessStates as readonly UpdateState[]).includes(state);
}

export function isResting(state: UpdateState): boolean {
  return (restingStates as readonly UpdateState[]).includes(state);
}
