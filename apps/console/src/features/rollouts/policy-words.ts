import type { Approval, MaintenanceWindow, Rate, Retries, RollbackPolicy, RolloutPolicy, WaveSize } from '@sluice/contracts';
import { formatCount, formatCountOf } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';

/** A part of a policy in words. */
type PolicyFact = { name: string; value: string };

const minuteMs = 60_000;

/** Who has to say yes. */
function approvalWords({ required, role, creatorExcluded }: Approval): string {
  const who = role === 'owner' ? 'owner' : 'operator';
  return `${formatCountOf(required, who)}${creatorExcluded ? ', not who created it' : ''}`;
}

/** How many devices a wave takes. */
function sizeWords(size: WaveSize): string {
  switch (size.kind) {
    case 'count':
      return formatCountOf(size.count, 'device');
    case 'percent':
      return `Up to ${size.percent} %`;
    case 'rest':
      return 'All that remain';
    case 'labels':
      return Object.entries(size.matchLabels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ');
  }
}

function rateWords(rate: Rate): string {
  if (rate.kind === 'constant') return `${formatCountOf(rate.perMinute, 'device')} a minute`;
  const { basePerMinute, factorPercent, every, on, maximumPerMinute } = rate;
  return `${formatCount(basePerMinute)} a minute, times ${factorPercent / 100} after each ${formatCount(every)} that ${
    on === 'offered' ? 'were offered it' : 'succeeded'
  }, at most ${formatCount(maximumPerMinute)}`;
}

function windowWords({ recurrence, startTime, durationMinutes, timeZone, leadMinutes = 0 }: MaintenanceWindow): string {
  const zone = timeZone === 'device' ? 'by the clock of each device' : timeZone;
  const lead = leadMinutes === 0 ? '' : `, told ${formatDuration(leadMinutes * minuteMs)} ahead`;
  return `${recurrence} at ${startTime} for ${formatDuration(durationMinutes * minuteMs)}, ${zone}${lead}`;
}

function retryWords({ failed = 0, rolled_back = 0, backOffMs }: Retries): string {
  const parts = [
    failed === 0 ? '' : `${failed} after a failure`,
    rolled_back === 0 ? '' : `${rolled_back} after going back`,
    `first after ${formatDuration(backOffMs)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const breachWords: Readonly<Record<RolloutPolicy['onBreach'], string>> = {
  pause: 'The rollout pauses',
  abort: 'The rollout is aborted',
  roll_back: 'What has changed goes back',
};

function rollbackWords({ waves = [], errorPercent, soakMs = 0, rate, retries }: RollbackPolicy): string {
  const parts = [
    ...waves.map(sizeWords),
    errorPercent === undefined ? '' : `pauses when more than ${errorPercent} % cannot`,
    soakMs === 0 ? '' : `each wave healthy for ${formatDuration(soakMs)}`,
    rate === undefined ? '' : rateWords(rate),
    retries === undefined ? '' : retryWords(retries),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const offlineWords = { wait: 'waited for', late_wave: 'put into a late wave', exclude: 'left out' } as const;

function wavesWords(policy: RolloutPolicy): PolicyFact[] {
  return policy.waves.map(({ size, threshold, soakMs, approval }, index) => {
    const limits = Object.entries(threshold.failureLimits ?? {}).map(([type, percent]) => `${type.replaceAll('_', ' ')} ${percent} %`);
    const parts = [
      sizeWords(size),
      `${threshold.successPercent} % must succeed, ${threshold.errorPercent} % may fail, judged from ${formatCountOf(threshold.minimumSample, 'device')} on`,
      limits.length === 0 ? '' : `limits: ${limits.join(', ')}`,
      soakMs === 0 ? '' : `healthy for ${formatDuration(soakMs)}`,
      approval === undefined ? '' : `approval by ${approvalWords(approval)}`,
    ];
    return { name: `Wave ${index + 1}`, value: parts.filter((part) => part !== '').join('; ') };
  });
}

/** Every part of a policy that says something, in words. */
export function policyFacts(policy: RolloutPolicy): PolicyFact[] {
  const { approval, rate, retries, window, offline, rollback } = policy;
  const spread = policy.spreadBy === undefined ? '' : `, each wave with its share of every ${policy.spreadBy}`;
  return [
    ...wavesWords(policy),
    { name: 'On a breach', value: breachWords[policy.onBreach] },
    { name: 'Deadline', value: `${formatDuration(policy.deploymentDeadlineMs)} after a wave has started` },
    { name: 'Order', value: `${policy.order === 'random' ? 'At random' : 'By name'}${spread}` },
    ...(approval === undefined ? [] : [{ name: 'Approval of the start', value: approvalWords(approval) }]),
    ...(rate === undefined ? [] : [{ name: 'Rate', value: rateWords(rate) }]),
    ...(retries === undefined ? [] : [{ name: 'Further attempts', value: retryWords(retries) }]),
    ...(window === undefined ? [] : [{ name: 'Maintenance window', value: windowWords(window) }]),
    ...(offline === undefined
      ? []
      : [{ name: 'Offline devices', value: `After ${formatDuration(offline.afterMs)} ${offlineWords[offline.action]}` }]),
    ...(rollback === undefined ? [] : [{ name: 'Going back', value: rollbackWords(rollback) }]),
    ...(policy.membership === 'continuous' ? [{ name: 'Devices that join', value: 'Taken along, in a wave after all others' }] : []),
  ];
}
