import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootsMax, decide, recover, type StepOutcome } from './decide.ts';
import { deploymentReport } from './deployment-reports.ts';
import { idleRecord, type JournalRecord, parseJournalRecord } from './record.ts';
import { harmlessStates, isResting, type UpdateState, updateStates } from './states.ts';

const assignment: JournalRecord['assignment'] = {
  organizationId: '00000000-0000-7000-8000-000000000001',
  deviceId: '00000000-0000-7000-8000-000000000002',
  revision: 3,
  epoch: 1,
  applicationId: '00000000-0000-7000-8000-000000000003',
  releaseDigest: 'a'.repeat(64),
  releaseCounter: 2,
  configurationDigest: null,
  rolloutId: null,
  deploymentId: '00000000-0000-7000-8000-000000000004',
  attempt: 1,
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-02T00:00:00.000Z',
};
const at = (state: UpdateState, change: Partial<JournalRecord> = {}): JournalRecord => ({
  ...idleRecord,
  state,
  assignment,
  target: 'new',
  from: 'old',
  ...change,
});
const done: StepOutcome = { kind: 'done' };
const failed: StepOutcome = { kind: 'failed', outcome: 'failed', failure: { code: 'X', message: 'why' } };

function walk(start: JournalRecord, outcomes: (state: UpdateState) => StepOutcome): UpdateState[] {
  const states: UpdateState[] = [start.state];
  for (let record = start; !isResting(record.state) && states.length < 50; ) {
    record = decide(record, outcomes(record.state));
    states.push(record.state);
  }
  return states;
}

describe('an update', () => {
  it('when every step is done, it goes through all states of success and rests', () => {
    expect(walk(at('CHECK'), () => done).join(' ')).toBe(
      'CHECK VERIFY RESERVE_DISK DOWNLOAD STAGE PREFLIGHT WAIT_WINDOW ACTIVATE PROBATION COMMIT REPORT GC IDLE',
    );
  });

  it.each(harmlessStates)('when %s fails, nothing that runs is touched', (state) => {
    const states = walk(at('CHECK'), (each) => (each === state ? failed : done));
    expect(states.slice(states.indexOf(state))).toEqual([state, 'REPORT', 'GC', 'IDLE']);
  });

  it.each(['ACTIVATE', 'PROBATION', 'COMMIT'] as const)('when %s fails, it goes back, and waits for no window', (state) => {
    const states = walk(at('CHECK'), (each) => (each === state ? failed : done));
    expect(states.slice(states.indexOf(state))).toEqual([state, 'ROLL_BACK', 'VERIFY_ROLLBACK', 'ROLLED_BACK', 'REPORT', 'GC', 'IDLE']);
  });

  it.each(['ROLL_BACK', 'VERIFY_ROLLBACK'] as const)('when %s fails too, it ends in safe mode with the first failure', (state) => {
    const first: StepOutcome = { kind: 'failed', outcome: 'failed', failure: { code: 'FIRST', message: '' } };
    let record = decide(at('PROBATION'), first);
    while (record.state !== state) record = decide(record, done);
    record = decide(record, failed);
    expect(record).toMatchObject({ state: 'SAFE_MODE', outcome: 'rollback_failed', failure: { code: 'FIRST' } });
  });

  it('when nothing shall run, there is no probation', () => {
    const record = decide(at('CHECK', { target: null }), { kind: 'run_nothing' });
    expect(record).toMatchObject({ state: 'ACTIVATE', target: null });
    expect(decide(record, { kind: 'done', patch: { target: null } }).state).toBe('COMMIT');
  });

  it('when what runs is the same in effect, there is no probation', () => {
    expect(decide(at('ACTIVATE'), { kind: 'done', proved: true }).state).toBe('COMMIT');
  });

  it('when the agent is killed at random and steps end at random, an end is always reached', () => {
    const outcome = fc.constantFrom<StepOutcome>(done, failed, { kind: 'nothing_to_do', outcome: 'succeeded' });
    fc.assert(
      fc.property(fc.constantFrom(...updateStates), fc.infiniteStream(fc.tuple(outcome, fc.boolean())), (state, events) => {
        let record = at(state);
        for (let steps = 0; !isResting(record.state); steps += 1) {
          expect(steps).toBeLessThan(200);
          const [step, killed] = events.next().value;
          const current = ['PROBATION', 'COMMIT', 'REPORT', 'GC', 'ROLL_BACK'].includes(record.state) ? 'new' : 'old';
          const committed = ['REPORT', 'GC'].includes(record.state) ? current : 'old';
          record = killed && record.boots < 100 ? recover(record, { current, committed }) : decide(record, step);
        }
      }),
    );
  });
});

describe('recovery after the agent died', () => {
  const before = { current: 'old', committed: 'old' };
  const switched = { current: 'new', committed: 'old' };

  it.each(harmlessStates)('when it died in %s, it goes on there', (state) => {
    expect(recover(at(state), before)).toMatchObject({ state, boots: 1 });
  });

  it('when it is switched off again and again while it waits for its window, it goes on waiting', () => {
    let record = at('WAIT_WINDOW');
    for (let nights = 0; nights < 50; nights += 1) record = recover(record, before);
    expect(record).toMatchObject({ state: 'WAIT_WINDOW', boots: bootsMax });
  });

  it.each(harmlessStates.filter((state) => state !== 'WAIT_WINDOW'))(
    'when it dies again and again in %s, it gives up without touching anything',
    (state) => {
      expect(recover(at(state, { boots: bootsMax }), before)).toMatchObject({
        state: 'REPORT',
        outcome: 'failed',
        failure: { code: 'INTERRUPTED_TOO_OFTEN' },
      });
    },
  );

  it('when it died in ACTIVATE, the link decides', () => {
    expect(recover(at('ACTIVATE'), before).state).toBe('ACTIVATE');
    expect(recover(at('ACTIVATE'), switched).state).toBe('PROBATION');
    expect(recover(at('ACTIVATE', { boots: bootsMax }), before).state).toBe('ROLL_BACK');
  });

  it('when it died in PROBATION more than three times, it goes back', () => {
    expect(recover(at('PROBATION', { boots: bootsMax - 1 }), switched).state).toBe('PROBATION');
    expect(recover(at('PROBATION', { boots: bootsMax }), switched).state).toBe('ROLL_BACK');
  });

  it.each(['COMMIT', 'REPORT', 'ROLL_BACK', 'VERIFY_ROLLBACK', 'ROLLED_BACK', 'SAFE_MODE'] as const)(
    'when it died in %s, that is done again',
    (state) => {
      expect(recover(at(state), switched).state).toBe(state);
    },
  );

  it('when the journal does not know of a switch, what was committed comes back', () => {
    for (const record of [undefined, at('IDLE'), at('DOWNLOAD')]) {
      expect(recover(record, switched)).toMatchObject({
        state: 'ROLL_BACK',
        target: 'new',
        from: 'old',
        failure: { code: 'JOURNAL_LOST' },
      });
    }
  });

  it('when there is no journal and nothing was switched, it rests', () => {
    expect(recover(undefined, { current: null, committed: null }).state).toBe('IDLE');
  });

  it('when a record was written, it is read back as it was, and nonsense is refused', () => {
    const record = at('PROBATION', { boots: 2, failure: { code: 'A', message: 'b' } });
    expect(parseJournalRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(() => parseJournalRecord({ ...record, state: 'NO_SUCH_STATE' })).toThrow('unknown state');
    expect(() => parseJournalRecord('IDLE')).toThrow('not a journal record');
  });
});

describe('what the control plane is told', () => {
  it('when an update goes well, each state it knows is told once', () => {
    const states: string[] = [];
    let record = at('CHECK');
    while (!isResting(record.state)) {
      const state = deploymentReport(record)?.state;
      if (state !== undefined) states.push(state);
      record = decide(record, done);
    }
    expect(states).toEqual(['accepted', 'downloading', 'staged', 'applying', 'verifying', 'succeeded']);
  });

  it.each([
    ['failed', 'failed', 'no_state_change'],
    ['rejected', 'rejected', 'no_state_change'],
    ['rolled_back', 'rolled_back', 'rolled_back'],
  ] as const)('when it %s, the report says so and what that means', (outcome, state, failureDetail) => {
    const failure = { code: 'X', message: 'y'.repeat(5_000) };
    const report = deploymentReport(at('REPORT', { outcome, failure }));
    expect(report).toMatchObject({ state, failureDetail, code: 'X' });
    expect(report?.message).toHaveLength(2_000);
  });

  it('when no deployment is behind an update, nothing is told', () => {
    expect(deploymentReport(at('REPORT', { outcome: 'succeeded', assignment: { ...assignment, deploymentId: null } }))).toBeUndefined();
    expect(deploymentReport(at('REPORT', { outcome: 'none' }))).toBeUndefined();
  });
});
