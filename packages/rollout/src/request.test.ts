import { describe, expect, it } from 'vitest';
import { canaryPolicy, input, now, rollout, runningWave } from '../test/inputs.ts';
import { decide } from './engine.ts';
import type { RolloutInput } from './engine-input.ts';
import { decideRequest, type RolloutRequest } from './request.ts';

const waves = [runningWave(0, { counts: { rolled_back: 1 } }), runningWave(1, { state: 'pending', counts: { scheduled: 2 } })];
const ask = (request: RolloutRequest, values: Partial<RolloutInput>) => decideRequest(input(waves, { rollout: rollout(values) }), request);
const pause = { cause: 'person', wave: null, at: now - 5_000 } as const;

describe('decideRequest', () => {
  it('when a running rollout shall pause, it pauses now', () => {
    expect(ask('pause', {})).toMatchObject({
      decisions: [{ kind: 'pause_rollout', cause: 'person', pausedAt: now, expects: { rollout: ['running'] } }],
    });
  });

  it('when a pause by a person ends, deadlines move and no gate is forced', () => {
    expect(ask('resume', { state: 'paused', pause })).toMatchObject({
      decisions: [{ kind: 'resume_rollout', extendDeadlinesByMs: 5_000 }],
    });
  });

  it.each(['breach', 'inconclusive', 'regress'] as const)('when a pause by %s ends, the gates of that wave are forced first', (cause) => {
    expect(ask('resume', { state: 'paused', pause: { ...pause, cause, wave: 0 } })).toMatchObject({
      decisions: [{ kind: 'force_gate', wave: 0, numbers: { failed: 1 } }, { kind: 'resume_rollout' }],
    });
  });

  it('when a paused rollout is aborted, it does not first run again', () => {
    expect(ask('abort', { state: 'paused', pause })).toMatchObject({
      decisions: [{ kind: 'begin_abort', cause: 'person', rollBack: false, extendDeadlinesByMs: 5_000, expects: { rollout: ['paused'] } }],
    });
  });

  it('when an aborting rollout shall roll back as well, it does, and keeps the cause', () => {
    expect(ask('roll_back', { state: 'aborting', abort: { cause: 'breach', rollBack: false } })).toMatchObject({
      decisions: [{ kind: 'begin_abort', cause: 'breach', rollBack: true, expects: { rollout: ['aborting'] } }],
    });
  });

  it('when a scheduled rollout is aborted, it never starts', () => {
    expect(ask('abort', { state: 'scheduled' })).toMatchObject({
      decisions: [{ kind: 'begin_abort', expects: { rollout: ['scheduled'] } }],
    });
  });

  it.each(['soaking', 'analyzing'] as const)('when the wave is %s and somebody forces the next, its gates are forced', (state) => {
    const held = [runningWave(0, { state, counts: { succeeded: 1 } }), runningWave(1, { state: 'pending', counts: { scheduled: 2 } })];
    expect(decideRequest(input(held), 'advance')).toMatchObject({
      decisions: [
        { kind: 'force_gate', wave: 0, why: { code: 'requested_by_person' }, expects: { rollout: expect.arrayContaining(['running']) } },
      ],
    });
    const forced = held.map((wave) => ({ ...wave, gateForced: wave.index === 0 }));
    expect(decide(input(forced)).decisions).toMatchObject([{ kind: 'complete_wave', wave: 0, why: { code: 'gate_forced' } }]);
    expect(decideRequest(input(forced), 'advance')).toMatchObject({ code: 'not_at_gate' });
  });

  it('when a wave lacks approvals and somebody forces it, it starts and the sentence says how many it had; a freeze still holds it', () => {
    const approval = { required: 2, role: 'operator', creatorExcluded: true } as const;
    const policy = { ...canaryPolicy, waves: canaryPolicy.waves.map((each) => ({ ...each, approval })) };
    const held = [
      runningWave(0, { state: 'succeeded', counts: { succeeded: 1 } }),
      runningWave(1, { state: 'awaiting_gate', approvals: 1, counts: { scheduled: 2 } }),
    ];
    expect(decideRequest(input(held, { policy }), 'advance')).toMatchObject({
      decisions: [{ kind: 'start_wave', wave: 1, why: { code: 'requested_by_person', sentence: expect.stringContaining('1 of 2') } }],
    });
    const freeze = { name: 'inventory', until: null };
    expect(decideRequest(input(held, { policy, rollout: rollout({ freeze }) }), 'advance')).toMatchObject({ code: 'not_at_gate' });
  });

  it.each([
    ['advance', 'scheduled', 'not_running'],
    ['advance', 'paused', 'not_running'],
    ['advance', 'aborting', 'already_aborting'],
    ['advance', 'running', 'not_at_gate'],
    ['pause', 'paused', 'already_paused'],
    ['pause', 'aborting', 'already_aborting'],
    ['pause', 'scheduled', 'not_started'],
    ['resume', 'running', 'not_paused'],
    ['abort', 'aborting', 'already_aborting'],
    ['roll_back', 'succeeded', 'rollout_ended'],
    ['pause', 'failed', 'rollout_ended'],
  ] as const)('when one asks to %s while %s, it refuses with %s', (request, state, code) => {
    expect(ask(request, { state, pause: state === 'paused' ? pause : null })).toMatchObject({ outcome: 'refused', code });
  });
});
