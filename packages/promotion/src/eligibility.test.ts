import type { PromotionBlockerCode } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { eligibilityOf, isAutomaticallyWanted } from './eligibility.ts';
import { type Changes, factsWith, hour, now, promotion, upstream } from './testing/facts.ts';

const soak = { gates: { soakMs: 2 * hour, automatic: false } };
const gate = (required: number, creatorExcluded = true) => ({
  gates: { soakMs: 0, automatic: false, approval: { required, role: 'operator', creatorExcluded } as const },
});
const yes = (person: string, role: 'operator' | 'viewer' | null = 'operator', revision = 1) => ({ person, role, revision });
const running = (releaseId: string, counter: number) => ({ releaseId, releaseName: releaseId, counter });
const window = { recurrence: 'FREQ=DAILY', startTime: '14:00', durationMinutes: 60, timeZone: 'UTC' };
const flight = { rolloutId: 'r', releaseName: 'v4', state: 'running', by: 'Anna', isRollback: false } as const;
const open = { id: 'p2', releaseId: 'v4', releaseName: 'v4', by: 'Petra', at: now };
const finding = (waivedUntil: number | null) => ({ rule: 'exec', subject: 'n1', waivedUntil });
const freeze = (until: number | null, startsAt = now - 1) => ({ name: 'Year end', startsAt, until });
const missing = new Map([['BROKER', { name: 'BROKER', devices: 3, groups: ['site 17'] }]]);

type Case = [what: string, changes: Changes, codes: PromotionBlockerCode[], until?: number | null];

const cases: Case[] = [
  ['nothing is in the way', {}, []],
  ['the stage was deleted, that is all there is to say', { stage: { isDeleted: true, hasDevices: false } }, ['stage_deleted']],
  ['the release is of another application', { stage: { applicationId: 'other', hasDevices: false } }, ['other_application']],
  ['every device runs it', { stage: { running: running('v5', 5), isSettled: true } }, ['already_there']],
  ['some device does not run it yet', { stage: { running: running('v5', 5) } }, []],
  ['a newer one runs there', { stage: { running: running('v6', 6) } }, ['older_than_running']],
  ['an older one runs there', { stage: { running: running('v4', 4) } }, []],
  ['the stage is empty', { stage: { hasDevices: false } }, ['stage_empty']],
  ['a variable is missing that it requires', { requires: ['BROKER'], stage: { missing } }, ['variable_missing']],
  ['a variable is missing that it does not ask for', { requires: ['HOST'], stage: { missing } }, []],
  ['a finding blocks', { findings: [finding(null)] }, ['policy_blocked']],
  ['a finding is waived', { findings: [finding(now + 1), finding(Number.POSITIVE_INFINITY)] }, []],
  ['a waiver has ended', { findings: [finding(now)] }, ['policy_blocked']],
  ['a stage before was deleted', { upstreams: [upstream({}, { isDeleted: true })] }, ['upstream_deleted']],
  ['it was never in a stage before', { upstreams: [upstream(null)] }, ['upstream_not_deployed']],
  ['it waits for approval there', { upstreams: [upstream({ state: 'pending_approval' })] }, ['upstream_running']],
  ['it is being aborted there', { upstreams: [upstream({ state: 'aborting' })] }, ['upstream_running']],
  ['nobody knows when it succeeded there', { upstreams: [upstream({ finishedAt: null })] }, ['upstream_running']],
  ['it failed there', { upstreams: [upstream({ state: 'failed' })] }, ['upstream_failed']],
  ['it was aborted there', { upstreams: [upstream({ state: 'aborted' })] }, ['upstream_aborted']],
  ['it was rejected there', { upstreams: [upstream({ state: 'rejected' })] }, ['upstream_not_deployed']],
  ['it was superseded there', { upstreams: [upstream({ state: 'superseded' })] }, ['upstream_superseded']],
  ['it was rolled back there', { upstreams: [upstream({ isRolledBack: true })] }, ['upstream_rolled_back']],
  ['it ended within its thresholds there', { upstreams: [upstream({ state: 'completed_with_failures' })] }, []],
  ['of two stages before one is not done', { upstreams: [upstream(), upstream({ state: 'running' })] }, ['upstream_running']],
  ['it soaks', { stage: soak, upstreams: [upstream()] }, ['upstream_soaking'], now + hour],
  ['it has soaked', { stage: soak, upstreams: [upstream({ finishedAt: now - 2 * hour })] }, []],
  ['its soak began anew', { stage: soak, upstreams: [upstream({ finishedAt: 0, brokenAt: now })] }, ['upstream_soaking'], now + 2 * hour],
  ['its devices are unhealthy', { stage: soak, upstreams: [upstream({ finishedAt: 0, unhealthy: 1 })] }, ['upstream_unhealthy']],
  ['its devices are lost', { stage: soak, upstreams: [upstream({ finishedAt: 0, lost: 2 })] }, ['upstream_unhealthy']],
  ['nobody asks for a soak, health is not looked at', { upstreams: [upstream({ unhealthy: 1 })] }, []],
  [
    'it was replaced too early',
    { stage: soak, upstreams: [upstream({ finishedAt: 0, replaced: { at: hour, by: 'v6' } })] },
    ['upstream_superseded'],
  ],
  ['it was replaced after its soak', { stage: soak, upstreams: [upstream({ finishedAt: 0, replaced: { at: 2 * hour, by: 'v6' } })] }, []],
  ['the release is held', { stage: { holds: [{ releaseId: 'v5', reason: 'leaks', by: 'Anna' }] } }, ['held']],
  ['another release is held', { stage: { holds: [{ releaseId: 'v4', reason: 'leaks', by: 'Anna' }] } }, []],
  ['the stage is held', { stage: { holds: [{ releaseId: null, reason: 'recall', by: 'Anna' }] } }, ['held']],
  ['nobody promoted it yet and an approval is asked for', { stage: gate(1) }, ['waiting_for_approval']],
  ['one of two approved', { stage: gate(2), promotion: { ...promotion, approvals: [yes('petra')] } }, ['waiting_for_approval']],
  ['two of two approved', { stage: gate(2), promotion: { ...promotion, approvals: [yes('petra'), yes('otto')] } }, []],
  [
    'the creator approved, who may not',
    { stage: gate(1), promotion: { ...promotion, approvals: [yes('anna')] } },
    ['waiting_for_approval'],
  ],
  ['the creator approved, who may', { stage: gate(1, false), promotion: { ...promotion, approvals: [yes('anna')] } }, []],
  [
    'the approver lost the role',
    { stage: gate(1), promotion: { ...promotion, approvals: [yes('petra', 'viewer')] } },
    ['waiting_for_approval'],
  ],
  ['the approver left', { stage: gate(1), promotion: { ...promotion, approvals: [yes('petra', null)] } }, ['waiting_for_approval']],
  [
    'an edit voided the approval',
    { stage: gate(1), promotion: { ...promotion, revision: 2, approvals: [yes('petra')] } },
    ['waiting_for_approval'],
  ],
  ['another promotion waits there', { stage: { open } }, ['other_promotion']],
  ['its own promotion waits there', { stage: { open: { ...open, id: 'p1' } }, promotion }, []],
  ['it takes the place of the one that waits', { stage: { open, inFlight: [flight] }, promotion: { ...promotion, supersede: true } }, []],
  ['a rollout is under way there', { stage: { inFlight: [flight] }, promotion }, ['rollout_in_flight']],
  ['it shall start later', { promotion: { ...promotion, startAt: now + hour } }, ['starts_later'], now + hour],
  ['of two freezes the later end counts', { stage: { freezes: [freeze(now + 1), freeze(now + hour)] } }, ['frozen'], now + hour],
  [
    'one freeze follows another',
    { stage: { freezes: [freeze(now + hour), freeze(now + 3 * hour, now + hour)] } },
    ['frozen'],
    now + 3 * hour,
  ],
  ['a freeze has no end', { stage: { freezes: [freeze(null), freeze(now + hour)] } }, ['frozen'], null],
  ['a freeze is still to come, or over', { stage: { freezes: [freeze(null, now + 1), freeze(now)] } }, []],
  ['a hotfix comes in a freeze', { stage: { freezes: [freeze(null)] }, promotion: { ...promotion, isHotfix: true } }, []],
  ['the window is closed', { stage: { gates: { soakMs: 0, automatic: false, window } } }, ['outside_window'], now + 2 * hour],
  ['the window is open', { stage: { gates: { soakMs: 0, automatic: false, window: { ...window, startTime: '11:30' } } } }, []],
];

describe('eligibilityOf', () => {
  it.each(cases)('when %s, it says so', (_what, changes, codes, until = null) => {
    const { isEligible, blockers, lookAgainAt } = eligibilityOf(factsWith(changes), now);
    expect(blockers.map(({ code }) => code)).toEqual(codes);
    expect([isEligible, lookAgainAt]).toEqual([codes.length === 0, until]);
    for (const { sentence, unblock } of blockers) expect([sentence, unblock]).not.toContain('');
  });

  it('when several things are in the way, all are told, and the first time that changes something is when to look again', () => {
    const changes: Changes = {
      stage: { ...soak, freezes: [freeze(now + 3 * hour)], inFlight: [flight] },
      upstreams: [upstream()],
      promotion: { ...promotion, startAt: now + 4 * hour },
    };
    const { blockers, lookAgainAt } = eligibilityOf(factsWith(changes), now);
    expect(blockers.map(({ code }) => code)).toEqual(['upstream_soaking', 'rollout_in_flight', 'starts_later', 'frozen']);
    expect(lookAgainAt).toBe(now + hour);
  });

  it('when a variable is missing, the sentence names it, the devices and the groups', () => {
    const [found] = eligibilityOf(factsWith({ requires: ['BROKER'], stage: { missing } }), now).blockers;
    expect(found).toMatchObject({
      sentence: 'BROKER has no value on 3 devices (group site 17).',
      about: ['BROKER', 'site 17'],
      numbers: { variables: 1, devices: 3, groups: 1 },
    });
  });

  it.each([
    ['an approval, a freeze and a rollout are in the way', { stage: { ...gate(1), freezes: [freeze(null)], inFlight: [flight] } }, true],
    ['it soaks', { stage: soak, upstreams: [upstream()] }, false],
    ['it is held', { stage: { holds: [{ releaseId: null, reason: 'x', by: 'y' }] } }, false],
  ] as const)('when %s, a stage that takes releases by itself wants it or not', (_what, changes: Changes, wanted) => {
    expect(isAutomaticallyWanted(eligibilityOf(factsWith(changes), now))).toBe(wanted);
  });
});
