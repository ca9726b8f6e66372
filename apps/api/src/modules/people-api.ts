import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import { requireAccess } from '../authentication/access.ts';
import { type AuthenticationDependencies, authenticate } from '../authentication/authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { createFlowAnalyst } from '../flow-analysis/flow-analyst.ts';
import { measureRequests } from '../http/request-metrics.ts';
import { contentSecurityPolicy } from '../http/security-headers.ts';
import type { ApiServer } from '../http/server.ts';
import { refuseUnstorableText } from '../http/unsafe-text.ts';
import { registerApplications } from './applications/routes.ts';
import { createApplications } from './applications/service.ts';
import { registerDeviceCaptures } from './device-captures/routes.ts';
import { createDeviceCaptures } from './device-captures/service.ts';
import { registerDeviceLogs } from './device-logs/routes.ts';
import { createDeviceLogs } from './device-logs/service.ts';
import { registerDevices } from './devices/routes.ts';
import { createDevices } from './devices/service.ts';
import { registerDifferences } from './differences/routes.ts';
import { createDifferences } from './differences/service.ts';
import { registerDisruptionBudgets } from './disruption-budgets/routes.ts';
import { createDisruptionBudgets } from './disruption-budgets/service.ts';
import { registerEncryptionKeys } from './encryption-keys/routes.ts';
import { createEncryptionKeys } from './encryption-keys/service.ts';
import { registerEnrollmentCodes } from './enrollment-codes/routes.ts';
import { createEnrollmentCodes } from './enrollment-codes/service.ts';
import { registerEvents } from './events/routes.ts';
import { createEvents } from './events/service.ts';
import { registerFreezes } from './freezes/routes.ts';
import { createFreezes } from './freezes/service.ts';
import { registerGitRemotes } from './git-remotes/routes.ts';
import { createGitRemotes } from './git-remotes/service.ts';
import { registerGroups } from './groups/routes.ts';
import { createGroups } from './groups/service.ts';
import { registerHolds } from './holds/routes.ts';
import { createHolds } from './holds/service.ts';
import { registerIntegrations } from './integrations/routes.ts';
import { createIntegrations } from './integrations/service.ts';
import { createTargetVariables } from './integrations/target-values.ts';
import { registerLedger } from './ledger/routes.ts';
import { createLedger } from './ledger/service.ts';
import { registerOrganizations } from './organizations/routes.ts';
import { createOrganizations } from './organizations/service.ts';
import { registerPipelines } from './pipelines/routes.ts';
import { createPipelines } from './pipelines/service.ts';
import { createPolicyChecks, type PolicyChecks } from './policies/policy-checks.ts';
import { registerPolicies } from './policies/routes.ts';
import { createPolicies } from './policies/service.ts';
import { createSnapshotChecker } from './policies/snapshot-checker.ts';
import { registerWaivers } from './policies/waiver-routes.ts';
import { hintAtPromotions } from './promotions/hints.ts';
import { registerPromotions } from './promotions/routes.ts';
import { createPromotions } from './promotions/service.ts';
import { registerReleaseSigners } from './release-signers/routes.ts';
import { createReleaseSigners } from './release-signers/service.ts';
import { registerReleases } from './releases/routes.ts';
import { createReleases } from './releases/service.ts';
import { registerRetention } from './retention/routes.ts';
import { createRetention } from './retention/service.ts';
import { createForecaster } from './rollouts/forecaster.ts';
import { createPreviews } from './rollouts/previews.ts';
import { registerRollouts } from './rollouts/routes.ts';
import { createRollouts } from './rollouts/service.ts';
import { registerSessions } from './sessions/routes.ts';
import { createSessions } from './sessions/service.ts';
import { registerSnapshotPreviews } from './snapshot-previews/routes.ts';
import { createSnapshotPreviews } from './snapshot-previews/service.ts';
import { registerSnapshotExports } from './snapshots/export-routes.ts';
import { createSnapshotExports } from './snapshots/export-service.ts';
import { registerSnapshots } from './snapshots/routes.ts';
import { createSnapshots, type Snapshots } from './snapshots/service.ts';
import { registerStageRollBacks } from './stage-roll-backs/routes.ts';
import { createStageRollBacks } from './stage-roll-backs/service.ts';
import { registerTokens } from './tokens/routes.ts';
import { createTokens } from './tokens/service.ts';
import { registerVariablesFromValues } from './variable-proposals/routes.ts';
import { createVariablesFromValues } from './variable-proposals/service.ts';
import { registerVariables } from './variables/routes.ts';
import { createVariables } from './variables/service.ts';
import { registerWebhooks } from './webhooks/routes.ts';
import { createWebhooks } from './webhooks/service.ts';

/** Flows may hold any text, and are stored as bytes; what of them reaches a text column is checked where they are read. */
const bodiesOfForeignText = new Set(['createSnapshot', 'previewSnapshot', 'setAdvisoryFile', 'importRelease']);

function organizationIdOf(params: unknown): string | undefined {
  const id: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'organizationId') : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Who asks and whether they may: decided before a body is read, so that strangers cannot make us parse anything. */
function guard(app: ApiServer, deps: ApiDependencies): void {
  const { store, clock, keys, configuration } = deps;
  const authentication: AuthenticationDependencies = { store, clock, apiTokenKey: keys['jwt-api'], publicUrl: configuration.publicUrl };
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.access === undefined) throw new Error(`${method} ${url} does not say who may use it`);
  });
  app.decorateRequest('actor', null);
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access ?? 'owner';
    if (access !== 'public') request.actor = await authenticate(authentication, request);
    requireAccess(access, request.actor, organizationIdOf(request.params));
  });
  app.addHook('preValidation', async (request) => {
    if (!bodiesOfForeignText.has(request.routeOptions.schema?.operationId ?? '')) refuseUnstorableText(request.body);
  });
}

/** What is found out about flows: it shares a thread of its own, which ends with the server. */
function registerUnderstanding(app: ApiServer, deps: ApiDependencies, snapshots: Snapshots): void {
  const analyst = createFlowAnalyst(deps);
  app.addHook('onClose', () => analyst.close());
  const understanding = { ...deps, analyst, variables: createTargetVariables(deps) };
  registerDifferences(app, createDifferences(understanding));
  registerIntegrations(app, createIntegrations(understanding));
  registerVariablesFromValues(app, createVariablesFromValues({ ...understanding, snapshots }));
}

/** Policies, and the checks that publishing asks; what they have of threads ends with the server. */
function registerChecks(app: ApiServer, deps: ApiDependencies): PolicyChecks {
  const checker = createSnapshotChecker(deps);
  app.addHook('onClose', () => checker.close());
  const checks = createPolicyChecks({ ...deps, checker });
  const policies = createPolicies({ ...deps, checks });
  registerPolicies(app, policies);
  registerWaivers(app, policies);
  return checks;
}

/** Promotions, rollouts, and what they would do; the thread in which they are simulated ends with the server. */
function registerRolloutControl(app: ApiServer, deps: ApiDependencies): void {
  const forecaster = createForecaster(deps);
  app.addHook('onClose', () => forecaster.close());
  const previews = createPreviews({ ...deps, forecaster });
  registerRollouts(app, createRollouts({ ...deps, previews }), previews);
  registerPromotions(app, createPromotions(deps));
}

/** Registers everything below `/api/v1`: what people and CI use. */
export async function registerPeopleApi(app: ApiServer, deps: ApiDependencies): Promise<void> {
  await app.register(cookie);
  await app.register(helmet, { contentSecurityPolicy });
  measureRequests(app, deps.metrics, deps.clock);
  guard(app, deps);
  hintAtPromotions(app, deps.jobs);
  registerSessions(app, createSessions(deps), deps.configuration.publicUrl);
  registerOrganizations(app, createOrganizations(deps));
  registerTokens(app, createTokens(deps));
  registerApplications(app, createApplications(deps));
  const snapshots = createSnapshots(deps);
  registerSnapshots(app, snapshots);
  registerSnapshotExports(app, createSnapshotExports(deps));
  registerSnapshotPreviews(app, createSnapshotPreviews(deps));
  registerUnderstanding(app, deps, snapshots);
  registerRetention(app, createRetention(deps));
  registerReleases(app, createReleases({ ...deps, checks: registerChecks(app, deps) }));
  registerReleaseSigners(app, createReleaseSigners(deps));
  registerGitRemotes(app, createGitRemotes(deps));
  registerPipelines(app, createPipelines(deps));
  registerStageRollBacks(app, createStageRollBacks(deps));
  registerGroups(app, createGroups(deps));
  registerEnrollmentCodes(app, createEnrollmentCodes(deps));
  registerDevices(app, createDevices(deps));
  registerDeviceCaptures(app, createDeviceCaptures(deps));
  registerDeviceLogs(app, createDeviceLogs(deps));
  registerVariables(app, createVariables(deps));
  registerRolloutControl(app, deps);
  registerEncryptionKeys(app, createEncryptionKeys(deps));
  registerFreezes(app, createFreezes(deps));
  registerHolds(app, createHolds(deps));
  registerDisruptionBudgets(app, createDisruptionBudgets(deps));
  registerWebhooks(app, createWebhooks(deps));
  registerLedger(app, createLedger(deps));
  registerEvents(app, createEvents(deps));
}
