// INVARIANTS
// 1. A revision has one assignment: of several replicas that sign it at once the database keeps one, and all answer that one.
// 2. Signing anew (expiry, another epoch) never changes what was assigned: release and configuration of a revision are fixed when it is first asked for.
// 3. A device is never sent to a release without a variable that the release requires.
import type { Assignment, Envelope } from '@sluice/contracts';
import type { Clock, Log } from '@sluice/platform';
import {
  type AssignmentInput,
  type EarlierConfiguration,
  failOffer,
  loadAssignmentInputs,
  loadEarlierConfigurations,
  type SignedAssignment,
  type Store,
  StoreUnavailableError,
  saveAssignments,
} from '@sluice/store';
import { payloadDigest, signAssignment } from '@sluice/trust';
import type { RolloutHints } from '../../dependencies.ts';
import type { SigningKeys } from '../device-content/signing-keys.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { isOutdated, windowsOf } from './change-windows.ts';
import type { DeviceConfigurations, ResolvedConfiguration } from './device-configurations.ts';

/** What a device shall run: nothing was ever asked of it, or an assignment, or (`missing`) none can be made. */
export type DesiredAnswer = { revision: number; assignment: Envelope | null } | { revision: number; missing: string[] };

export type AssignmentsDeps = {
  store: Store;
  keys: SigningKeys;
  configurations: DeviceConfigurations;
  jobs: RolloutHints;
  clock: Clock;
  log: Log;
};

/** How long an assignment can be acted on. A device that comes later asks again and gets it signed anew. */
const validityMs = 24 * 3_600_000;
/** An assignment that expires sooner is signed anew when it is asked for. */
const remainingMsMin = validityMs / 4;
const roundsMax = 4;

/** Answers what devices shall run, many at a time: one reading, one signature each, one writing. */
export function createAssignments(deps: AssignmentsDeps): Batcher<DesiredAnswer> {
  return createBatcher<DesiredAnswer>({
    clock: deps.clock,
    delayMs: 2,
    batchSizeMax: 200,
    concurrencyMax: 2,
    queueSizeMax: 20_000,
    run: (deviceIds) => answerEach(deps, deviceIds),
  });
}

/** One device whose assignment cannot be made (a damaged secret, a key that is kept offline) must not take the others with it. */
async function answerEach(deps: AssignmentsDeps, deviceIds: readonly string[]): Promise<Map<string, DesiredAnswer>> {
  try {
    return await answerAll(deps, deviceIds);
  } catch (error) {
    if (deviceIds.length === 1 || error instanceof StoreUnavailableError) throw error;
    const answers = new Map<string, DesiredAnswer>();
    for (const deviceId of deviceIds) {
      try {
        for (const [answered, answer] of await answerAll(deps, [deviceId])) answers.set(answered, answer);
      } catch (cause) {
        deps.log.error({ err: cause, deviceId }, 'an assignment could not be made');
      }
    }
    return answers;
  }
}

/** Devices whose answer had to wait for another writer are asked for again; each round some are settled. */
async function answerAll(deps: AssignmentsDeps, deviceIds: readonly string[]): Promise<Map<string, DesiredAnswer>> {
  const answers = new Map<string, DesiredAnswer>();
  let open: readonly string[] = deviceIds;
  for (let round = 0; round < roundsMax && open.length > 0; round += 1) {
    const inputs = await loadAssignmentInputs(deps.store, open);
    const given = new Set(inputs.map((input) => input.deviceId));
    for (const deviceId of open) if (!given.has(deviceId)) answers.set(deviceId, { revision: 0, assignment: null });
    for (const [deviceId, answer] of await answerRound(deps, inputs)) answers.set(deviceId, answer);
    open = open.filter((deviceId) => !answers.has(deviceId));
  }
  return answers;
}

async function answerRound(deps: AssignmentsDeps, inputs: readonly AssignmentInput[]): Promise<Map<string, DesiredAnswer>> {
  const now = deps.clock.now();
  const answers = new Map<string, DesiredAnswer>();
  const unsigned = inputs.filter(({ deviceId, revision, epoch, stored, window }) => {
    const isSigned = stored !== null && stored.epoch === epoch && stored.expiresAt.getTime() > now + remainingMsMin;
    const isCurrent = isSigned && !isOutdated(window, stored.envelope, now);
    if (isCurrent) answers.set(deviceId, { revision, assignment: stored.envelope });
    return !isCurrent;
  });
  if (unsigned.length === 0) return answers;
  const { configured, impossible } = await configure(deps, unsigned);
  for (const [deviceId, answer] of await handleImpossible(deps, impossible)) answers.set(deviceId, answer);
  for (const [deviceId, answer] of await signAndSave(deps, configured, now)) answers.set(deviceId, answer);
  return answers;
}

type Configuration = { configurationDigest: string | null; sealedConfiguration: Uint8Array | null; variablesDigest: string | null };
type Configured = Configuration & { input: AssignmentInput };
type Impossible = { input: AssignmentInput; missing: string[] };

/**
 * Finds each device's configuration: the stored one of the revision, else the one that its variables give as of theirs. A device that goes back to
 * what it ran before, with no deployment behind it, keeps the configuration that it had there: its groups may be others now, and nobody has
 * asked for a change.
 */
async function configure(
  deps: AssignmentsDeps,
  inputs: readonly AssignmentInput[],
): Promise<{ configured: Configured[]; impossible: Impossible[] }> {
  const fresh = inputs.filter(({ stored, releaseDigest }) => stored === null && releaseDigest !== null);
  const resolved = fresh.length === 0 ? new Map<string, ResolvedConfiguration>() : await deps.configurations.resolve(fresh);
  const earlier = await earlierConfigurations(deps, fresh);
  const sealers = new Map<string, Awaited<ReturnType<DeviceConfigurations['sealer']>>>();
  for (const { organizationId } of fresh) {
    if (!sealers.has(organizationId)) sealers.set(organizationId, await deps.configurations.sealer(organizationId));
  }
  const configured: Configured[] = [];
  const impossible: Impossible[] = [];
  for (const input of inputs) {
    const found = resolved.get(input.deviceId);
    const former = earlier.get(input.deviceId);
    if (found === undefined) {
      const configurationDigest = input.stored?.configurationDigest ?? null;
      configured.push({ input, configurationDigest, sealedConfiguration: null, variablesDigest: null });
    } else if (former !== undefined && (former.isExact || 'missing' in found)) {
      const { configurationDigest, sealedConfiguration, variablesDigest } = former;
      configured.push({ input, configurationDigest, sealedConfiguration, variablesDigest });
    } else if ('digest' in found) {
      const sealedConfiguration = sealers.get(input.organizationId)?.(input.deviceId, found) ?? null;
      configured.push({ input, configurationDigest: found.digest, sealedConfiguration, variablesDigest: found.variablesDigest });
    } else {
      impossible.push({ input, missing: found.missing });
    }
  }
  return { configured, impossible };
}

/**
 * What devices had with the release before, even when a variable was removed since: nothing is to be installed, and nobody could be told.
 * Only where no deployment stands behind it: a deployment fails instead.
 */
async function earlierConfigurations(
  deps: AssignmentsDeps,
  inputs: readonly AssignmentInput[],
): Promise<Map<string, EarlierConfiguration>> {
  const wanted = inputs.flatMap(({ deviceId, deploymentId, releaseDigest, stageId, variablesRevision }) =>
    deploymentId === null && releaseDigest !== null ? [{ deviceId, releaseDigest, stageId, variablesRevision }] : [],
  );
  if (wanted.length === 0) return new Map();
  const rows = await loadEarlierConfigurations(deps.store, wanted);
  return new Map(rows.map((row) => [row.deviceId, row]));
}

/** Ends deployments that cannot be offered; their devices go back and are asked for again. Others are told that there is nothing to tell. */
async function handleImpossible(deps: AssignmentsDeps, impossible: readonly Impossible[]): Promise<Map<string, DesiredAnswer>> {
  const answers = new Map<string, DesiredAnswer>();
  for (const { input, missing } of impossible) {
    const names = missing.join(', ');
    deps.log.warn({ deviceId: input.deviceId, deploymentId: input.deploymentId, missing }, 'a required variable is not set');
    const { deploymentId } = input;
    const message = `The release requires variables that are not set for this device: ${names}. Set them and deploy again.`;
    const rolloutId =
      deploymentId === null
        ? undefined
        : await deps.store.transaction((tx) => failOffer(tx, { deploymentId, code: 'VARIABLE_MISSING', message }));
    if (rolloutId === undefined) answers.set(input.deviceId, { revision: input.revision, missing });
    else await deps.jobs.advanceRollout(rolloutId).catch((error: unknown) => deps.log.warn({ err: error, rolloutId }, 'could not enqueue'));
  }
  return answers;
}

async function signAndSave(deps: AssignmentsDeps, configured: readonly Configured[], now: number): Promise<Map<string, DesiredAnswer>> {
  if (configured.length === 0) return new Map();
  const signed = await Promise.all(configured.map((each) => sign(deps, each, now)));
  const saved = await deps.store.transaction((tx) => saveAssignments(tx, signed, new Date(now + remainingMsMin)));
  const own = signed.filter(({ deviceId }) => saved.has(deviceId));
  return new Map(own.map(({ deviceId, revision, envelope }) => [deviceId, { revision, assignment: envelope }]));
}

async function sign(deps: AssignmentsDeps, { input, ...configuration }: Configured, now: number): Promise<SignedAssignment> {
  const expiresAt = new Date(now + validityMs);
  const assignment: Assignment = {
    organizationId: input.organizationId,
    deviceId: input.deviceId,
    revision: input.revision,
    epoch: input.epoch,
    applicationId: input.applicationId,
    releaseDigest: input.releaseDigest,
    releaseCounter: input.releaseCounter,
    configurationDigest: configuration.configurationDigest,
    rolloutId: input.rolloutId,
    deploymentId: input.deploymentId,
    attempt: input.attempt,
    ...(input.window === null ? {} : { windows: input.isHeld ? [] : windowsOf(input.window, input.timeZone, now) }),
    issuedAt: new Date(now).toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
  const envelope = signAssignment(assignment, [await deps.keys.signerOf(input.organizationId, 'director')]);
  const { deviceId, organizationId, revision, epoch, releaseDigest, stageId, variablesRevision } = input;
  return {
    deviceId,
    organizationId,
    revision,
    epoch,
    releaseDigest,
    stageId,
    variablesRevision,
    envelope,
    digest: payloadDigest(envelope),
    expiresAt,
    outdated: input.stored !== null && isOutdated(input.window, input.stored.envelope, now) ? input.stored.envelope : null,
    ...configuration,
  };
}
