import type { AdvisoryFile, PolicyReport } from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import {
  type Advisory,
  effectivePolicy,
  type LintResult,
  type Lock,
  lockedModules,
  parseAdvisories,
  parsePackage,
  policyOptions,
} from '@sluice/snapshot';
import { findAdvisoryFile, getBlob, type Keyring, listPolicyLayers, type SnapshotSource, type Store, waiversFor } from '@sluice/store';
import { LRUCache } from 'lru-cache';
import { notFound } from '../../problems/api-error.ts';
import type { TarballSource } from '../releases/tarball-source.ts';
import { type FlowLinter, lintTimeoutMs } from './flow-linter.ts';
import { findKnownModules, type KnownModules } from './known-modules.ts';
import { type PlaceToRun, readPlaceToRun } from './place-to-run.ts';
import { buildReport, type Notice, waiversForRules } from './report.ts';
import type { SnapshotChecker } from './snapshot-checker.ts';

export type PolicyChecksDependencies = {
  store: Store;
  keyring: Keyring;
  clock: Pick<Clock, 'now'>;
  tarballs: Pick<TarballSource, 'registryHosts'>;
  linter: FlowLinter;
  checker: SnapshotChecker;
};

/** `lock` null: none is known yet. `stageId` null: what holds before any stage. */
export type CheckInput = { source: SnapshotSource; lock: Lock | null; stageId: string | null };

export type PolicyChecks = {
  /**
   * What breaks the rules that hold now, with the waivers that count now.
   * @throws StoreError NOT_FOUND; ApiError NOT_FOUND when the stage is not one of the snapshot's application, UNAVAILABLE
   */
  check(organizationId: string, input: CheckInput): Promise<PolicyReport>;
};

const publicRegistry = 'https://registry.npmjs.org/';
const lintsRemembered = 200;
const advisoryFilesRemembered = 4;

function noticesOf(found: { source: SnapshotSource; lock: Lock | null; modules: KnownModules | null; stage: PlaceToRun | null }): Notice[] {
  const { source, lock, modules, stage } = found;
  const notices: Notice[] = [];
  if (lock === null) {
    const message =
      'There is no package-lock.json: indirect modules, where modules come from, and what is known about the versions that would be chosen, could not be judged. Publishing makes one.';
    notices.push({ code: 'NO_LOCK', message });
  } else if (modules !== null && modules.unknown > 0) {
    const message = `${modules.unknown} of ${modules.unknown + modules.known} packages have not been fetched yet: the types of nodes that they bring, the runtimes that they need, and licences that the lock does not name, could not be judged. Publishing fetches them.`;
    notices.push({ code: 'NO_MODULE_METADATA', message });
  }
  if (stage === null && source.variables.length > 0) {
    notices.push({ code: 'NO_STAGE', message: 'Whether variables have values depends on the stage, and none was named.' });
  }
  return notices;
}

/** Remembers what nrlint found: the same flows give the same results. */
function createLintNotes(
  linter: FlowLinter,
): (source: SnapshotSource, isOff: boolean) => Promise<{ lint: LintResult[]; notices: Notice[] }> {
  const remembered = new LRUCache<string, LintResult[]>({ max: lintsRemembered });
  const without = (code: Notice['code'], message: string) => ({ lint: [], notices: [{ code, message }] });
  return async ({ flows, flowsRevision }, isOff) => {
    if (isOff) return without('LINT_OFF', 'nrlint was not run: its rule is off.');
    const known = remembered.get(flowsRevision);
    if (known !== undefined) return { lint: known, notices: [] };
    const outcome = await linter.lint(flows);
    if (outcome.kind === 'timed_out') return without('LINT_TIMED_OUT', `nrlint was ended after ${lintTimeoutMs / 1000} seconds.`);
    if (outcome.kind === 'busy') return without('LINT_SKIPPED', 'nrlint was not run: too many flows are waiting for it.');
    if (outcome.kind === 'failed') return without('LINT_FAILED', `nrlint failed with these flows (${outcome.problem}).`);
    remembered.set(flowsRevision, outcome.results);
    return { lint: outcome.results, notices: [] };
  };
}

/** Makes the checks of snapshots against policies. */
export function createPolicyChecks(deps: PolicyChecksDependencies): PolicyChecks {
  const { store, keyring, clock, tarballs, linter, checker } = deps;
  const lintNotes = createLintNotes(linter);
  const advisoryFiles = new LRUCache<string, Advisory[]>({ max: advisoryFilesRemembered });

  const advisoriesOf = async (organizationId: string, file: AdvisoryFile | null): Promise<Advisory[]> => {
    if (file === null) return [];
    const known = advisoryFiles.get(file.digest);
    if (known !== undefined) return known;
    const advisories = parseAdvisories(await getBlob(store, organizationId, file.digest));
    advisoryFiles.set(file.digest, advisories);
    return advisories;
  };
  /** Where nobody set registries, those that npm is set up with here count. npm is only asked when the lock names another one. */
  const registriesOf = async (lock: Lock | null, configured: readonly string[] | null): Promise<readonly string[]> => {
    if (configured !== null || lock === null) return configured ?? [];
    const isElsewhere = lockedModules(lock).some(({ resolved }) => resolved?.startsWith('http') && !resolved.startsWith(publicRegistry));
    return isElsewhere ? [...(await tarballs.registryHosts())].flatMap((host) => [`https://${host}/`, `http://${host}/`]) : [];
  };

  return {
    check: async (organizationId, { source, lock, stageId }) => {
      const { applicationId } = source;
      const layers = await listPolicyLayers(store, organizationId, stageId === null ? { applicationId } : { stageId });
      // A stage of another application has layers, too, but not for this snapshot.
      if (!layers.some(({ scopeId }) => scopeId === applicationId)) throw notFound('stage');
      const effective = effectivePolicy(layers.map(({ settings }) => settings));
      const now = new Date(clock.now());
      const place = { store, keyring };
      const stage = stageId === null ? null : await readPlaceToRun(place, organizationId, { applicationId, stageId });
      const modules = lock === null ? null : await findKnownModules(store, organizationId, lock);
      const file = await findAdvisoryFile(store, organizationId);
      const { lint, notices } = await lintNotes(source, effective.rules.lint === 'off');
      const waivers = await waiversFor(store, organizationId, { applicationId, snapshotId: source.id, stageId, now });
      const findings = await checker.find({
        flows: source.flows,
        snapshot: {
          dependencies: parsePackage(JSON.stringify(source.packageJson)).dependencies,
          runtime: { nodeRed: source.runtimeVersion, node: stage?.node ?? null },
          variables: source.variables,
          settings: source.settings as never,
          lock: lock === null ? null : { bytes: lock.bytes },
        },
        options: {
          ...policyOptions(effective),
          registries: await registriesOf(lock, effective.registries),
          ...(modules === null ? {} : { modules: modules.modules }),
          advisories: await advisoriesOf(organizationId, file),
          ...(stage === null ? {} : { stage: { name: stage.name, variables: stage.variables } }),
          lint,
          waivers: waiversForRules(waivers),
        },
      });
      const missing: Notice[] =
        file === null
          ? [{ code: 'NO_ADVISORIES', message: 'No file of advisories was uploaded: known weaknesses could not be found.' }]
          : [];
      return buildReport({
        snapshot: source,
        stage,
        checkedAt: now,
        findings,
        notices: [...noticesOf({ source, lock, modules, stage }), ...missing, ...notices],
        policy: { effective, layers },
        advisories: file,
      });
    },
  };
}
