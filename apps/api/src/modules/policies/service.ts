import type {
  AdvisoryFile,
  CreateWaiverRequest,
  Page,
  PolicyReport,
  PolicyRuleCatalogue,
  PolicyScope,
  PolicySettingsView,
  PolicyWaiver,
  ReleaseFindings,
  RevokeWaiverRequest,
  SetAdvisoryFileRequest,
  SetPolicySettingsRequest,
} from '@sluice/contracts';
import type { Clock } from '@sluice/platform';
import { checkWaiver, effectivePolicy, PolicyError, parseAdvisories, parseLock, policyRules, policyRulesVersion } from '@sluice/snapshot';
import {
  type ChangeContext,
  createWaiver,
  findAdvisoryFile,
  getBlob,
  getReleaseParts,
  getSnapshotSource,
  getWaiver,
  listPolicyLayers,
  listWaivers,
  type Reader,
  replaceAdvisoryFile,
  revokeWaiver,
  type Store,
  setPolicySettings,
  type WaiverQuery,
} from '@sluice/store';
import { because } from '../../authentication/request-actor.ts';
import type { PurposeKeys } from '../../dependencies.ts';
import { createIdempotency } from '../../http/idempotently.ts';
import { notFound } from '../../problems/api-error.ts';
import type { PolicyChecks } from './policy-checks.ts';

export type PoliciesDependencies = { store: Store; keys: PurposeKeys; clock: Pick<Clock, 'now'>; checks: PolicyChecks };

/** The layer that is read or set. */
export type PolicyLayerAt = { scope: PolicyScope; scopeId: string };

/** `version`: as the client last read it; null when it does not matter. */
export type Versioned<T> = { version: number | null; request: T };

export type Policies = {
  rules(): PolicyRuleCatalogue;
  /** @throws StoreError NOT_FOUND */
  settings(organizationId: string, at: PolicyLayerAt): Promise<PolicySettingsView>;
  /** @throws StoreError NOT_FOUND, VERSION_STALE */
  setSettings(
    organizationId: string,
    at: PolicyLayerAt,
    change: Versioned<SetPolicySettingsRequest>,
    context: ChangeContext,
  ): Promise<PolicySettingsView>;
  advisoryFile(organizationId: string): Promise<AdvisoryFile | null>;
  /** The file, byte by byte. @throws ApiError NOT_FOUND when there is none */
  advisoryFileContent(organizationId: string): Promise<Buffer>;
  /** @throws PolicyError ADVISORIES_MALFORMED; StoreError VERSION_STALE */
  setAdvisoryFile(organizationId: string, change: Versioned<SetAdvisoryFileRequest>, context: ChangeContext): Promise<AdvisoryFile>;
  /** @throws PolicyError WAIVER_REFUSED; StoreError NOT_FOUND; StoreError IDEMPOTENCY_KEY_REUSED */
  createWaiver(
    input: { organizationId: string; key: string | undefined; request: CreateWaiverRequest },
    context: ChangeContext,
  ): Promise<PolicyWaiver>;
  waivers(organizationId: string, query: WaiverQuery): Promise<Page<PolicyWaiver>>;
  /** @throws StoreError NOT_FOUND */
  waiver(organizationId: string, waiverId: string): Promise<PolicyWaiver>;
  /** @throws StoreError NOT_FOUND */
  revokeWaiver(organizationId: string, waiverId: string, request: RevokeWaiverRequest, context: ChangeContext): Promise<PolicyWaiver>;
  /** What would be found now. @throws StoreError, ApiError NOT_FOUND, UNAVAILABLE */
  snapshotFindings(organizationId: string, snapshotId: string, stageId: string | undefined): Promise<PolicyReport>;
  /** What was found when it was published. @throws StoreError NOT_FOUND */
  releaseFindings(organizationId: string, releaseId: string): Promise<ReleaseFindings>;
};

async function readSettings(reader: Reader, organizationId: string, { scope, scopeId }: PolicyLayerAt): Promise<PolicySettingsView> {
  const place = scope === 'application' ? { applicationId: scopeId } : scope === 'stage' ? { stageId: scopeId } : {};
  const layers = await listPolicyLayers(reader, organizationId, place);
  const own = layers.find((layer) => layer.scope === scope && layer.scopeId === scopeId);
  if (own === undefined) throw notFound(scope);
  const { settings, version, updatedBy, updatedAt } = own;
  const effective = effectivePolicy(layers.map((layer) => layer.settings));
  return { scope, scopeId, version, settings, effective, updatedBy, updatedAt: updatedAt?.toISOString() ?? null };
}

/** @throws PolicyError WAIVER_REFUSED */
function refuseBadWaiver(request: CreateWaiverRequest, by: string, now: Date): void {
  const { rule, subject, reason, expiresAt } = request;
  checkWaiver({ rule, reason, by, at: now.toISOString(), ...(subject === undefined ? {} : { subject }) });
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now.getTime())) {
    throw new PolicyError('WAIVER_REFUSED', 'A waiver is refused: it ends before it begins.', '/expiresAt');
  }
}

/** A file as it is kept, and how many advisories it holds. @throws PolicyError ADVISORIES_MALFORMED */
function readAdvisories({ content }: SetAdvisoryFileRequest): { bytes: Buffer; count: number } {
  const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return { bytes, count: parseAdvisories(bytes).length };
}

/** Makes the module of policies, waivers, advisories and findings. */
export function createPolicies({ store, keys, clock, checks }: PoliciesDependencies): Policies {
  const idempotently = createIdempotency({ store, keys });
  const now = (): Date => new Date(clock.now());
  return {
    rules: () => ({ version: policyRulesVersion, items: [...policyRules] }),
    settings: (organizationId, at) => readSettings(store, organizationId, at),
    setSettings: (organizationId, at, { version, request }, context) =>
      store.transaction(async (tx) => {
        await setPolicySettings(tx, organizationId, { ...at, version, settings: request.settings }, because(context, request.reason));
        return readSettings(tx, organizationId, at);
      }),
    advisoryFile: (organizationId) => findAdvisoryFile(store, organizationId),
    advisoryFileContent: async (organizationId) => {
      const file = await findAdvisoryFile(store, organizationId);
      if (file === null) throw notFound('advisory file');
      return getBlob(store, organizationId, file.digest);
    },
    setAdvisoryFile: async (organizationId, { version, request }, context) => {
      const { bytes, count } = readAdvisories(request);
      const file = { content: bytes, count, source: request.source ?? '', version };
      return store.transaction((tx) => replaceAdvisoryFile(tx, organizationId, file, context));
    },
    createWaiver: async ({ organizationId, key, request }, context) => {
      refuseBadWaiver(request, context.actor.name, now());
      const repeatable = { organizationId, actor: context.actor, key, request: ['createWaiver', request] };
      return idempotently(repeatable, (tx) => createWaiver(tx, organizationId, request, context));
    },
    waivers: (organizationId, query) => listWaivers(store, organizationId, { ...query, now: now() }),
    waiver: (organizationId, waiverId) => getWaiver(store, organizationId, { waiverId, now: now() }),
    revokeWaiver: (organizationId, waiverId, { reason }, context) =>
      store.transaction((tx) => revokeWaiver(tx, organizationId, waiverId, because(context, reason))),
    snapshotFindings: async (organizationId, snapshotId, stageId) => {
      const source = await getSnapshotSource(store, organizationId, snapshotId);
      const lock = source.lock === null ? null : parseLock(source.lock);
      return checks.check(organizationId, { source, lock, stageId: stageId ?? null });
    },
    releaseFindings: async (organizationId, releaseId) => {
      const { policyReportSha256 } = await getReleaseParts(store, organizationId, releaseId);
      if (policyReportSha256 === null) return { releaseId, digest: null, report: null };
      const bytes = await getBlob(store, organizationId, policyReportSha256);
      return { releaseId, digest: policyReportSha256, report: JSON.parse(bytes.toString('utf8')) as PolicyReport };
    },
  };
}
