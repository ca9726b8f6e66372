/** What keeps a release out of a stage whoever promotes it: the stage itself, its devices, what they lack, what the policies found. */
import { blocker, type PromotionBlocker } from './blocker.ts';
import type { EligibilityFacts, FindingFacts, MissingVariable } from './facts.ts';
import { devices, listed } from './words.ts';

/** In the order in which they are told. */
export function stageBlockers(facts: EligibilityFacts, now: number): PromotionBlocker[] {
  const { stage, release } = facts;
  if (stage.isDeleted) {
    return [blocker('stage_deleted', `The stage ${stage.name} was deleted.`, 'Promote into another stage.', { about: [stage.name] })];
  }
  if (stage.applicationId !== release.applicationId) {
    const sentence = `${release.name} belongs to another application than the stage ${stage.name}.`;
    return [blocker('other_application', sentence, "Choose a release of the stage's own application.", { about: [stage.name] })];
  }
  return [whatRuns(facts), lacksDevices(facts), variablesMissing(facts), policiesBlock(facts, now)].filter((found) => found !== null);
}

function whatRuns({ stage, release }: EligibilityFacts): PromotionBlocker | null {
  const { running } = stage;
  if (running === null) return null;
  if (running.releaseId === release.id) {
    if (!stage.isSettled || !stage.hasDevices) return null;
    const sentence = `Every device of ${stage.name} runs ${release.name} already.`;
    return blocker('already_there', sentence, 'A device joins the stage, or a variable of it changes.', { about: [release.name] });
  }
  if (running.counter < release.counter) return null;
  return blocker(
    'older_than_running',
    `${release.name} is older than ${running.releaseName}, which ${stage.name} was given: devices refuse to go back.`,
    `Roll the stage back, which signs older files anew, or publish a new release.`,
    { about: [running.releaseName], numbers: { counter: release.counter, runningCounter: running.counter } },
  );
}

function lacksDevices({ stage }: EligibilityFacts): PromotionBlocker | null {
  if (stage.hasDevices) return null;
  const sentence = `The groups of ${stage.name} hold no approved device.`;
  return blocker('stage_empty', sentence, 'Add an approved device to one of its groups.', { about: [stage.name] });
}

function variablesMissing({ stage, requires }: EligibilityFacts): PromotionBlocker | null {
  if (stage.missing.size === 0 || requires.length === 0) return null;
  const missing = requires.flatMap((name): MissingVariable[] => {
    const found = stage.missing.get(name);
    return found === undefined || found.devices === 0 ? [] : [found];
  });
  if (missing.length === 0) return null;
  const groups = [...new Set(missing.flatMap((variable) => variable.groups))];
  const most = Math.max(...missing.map((variable) => variable.devices));
  const names = missing.map(({ name }) => name);
  const what = missing.map(
    ({ name, devices: count, groups: of }) =>
      `${name} has no value on ${devices(count)}${of.length === 0 ? '' : ` (${of.length === 1 ? 'group' : 'groups'} ${listed(of)})`}`,
  );
  return blocker(
    'variable_missing',
    `${listed(what, 3)}.`,
    `Give ${listed(names)} a value for ${stage.name}, ${groups.length === 0 ? 'for the devices' : `or for ${listed(groups)}`}.`,
    { about: [...names, ...groups], numbers: { variables: names.length, devices: most, groups: groups.length } },
  );
}

/** Whether a finding blocks now; a waiver counts until the moment it ends. */
export function isBlocking({ waivedUntil }: FindingFacts, now: number): boolean {
  return waivedUntil === null || now >= waivedUntil;
}

function policiesBlock({ findings, release, stage }: EligibilityFacts, now: number): PromotionBlocker | null {
  const blocking = findings.filter((finding) => isBlocking(finding, now));
  if (blocking.length === 0) return null;
  const ended = blocking.filter(({ waivedUntil }) => waivedUntil !== null).length;
  const named = blocking.map(({ rule, subject }) => `${rule}: ${subject}`);
  return blocker(
    'policy_blocked',
    `The policies of ${stage.name} found ${blocking.length === 1 ? 'something' : `${blocking.length} things`} in ${release.name} that nobody waives now: ${listed(named, 3)}.`,
    'Publish a release without it, or waive it for the stage.',
    { about: named.slice(0, 20), numbers: { findings: blocking.length, waiversEnded: ended } },
  );
}
