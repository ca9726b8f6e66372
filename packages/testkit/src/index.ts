/** What tests, the demo and benchmarks share: real servers, ready in a moment. */

export { type ControlPlaneAnswer, type ControlPlaneClient, createControlPlaneClient } from './control-plane-client.ts';
export { type DeviceLoop, keepDevicesReporting } from './fleet/device-loop.ts';
export { createFleet, type Fleet, type FleetStage } from './fleet/fleet.ts';
export { brokenRolloutInvariants } from './fleet/rollout-invariants.ts';
export { canaryPolicy, createRolloutWorld, type RolloutWorld, strictWave } from './fleet/rollout-world.ts';
export {
  createSimulatedDevices,
  type ReportDetails,
  type SimulatedDevices,
  wholeRollback,
  wholeSuccess,
} from './fleet/simulated-devices.ts';
export { type GitServer, type GitServerFault, startGitServer } from './git-server.ts';
export { integrityOf, lockedAt, tarballOf, tinyTarball } from './modules/tiny-package.ts';
export { startTinyRegistry, type TinyRegistry } from './modules/tiny-registry.ts';
export { startRedis, type TestRedis } from './redis.ts';
export { type SeedDevicesOptions, type SeededDevices, seedDevices, seedGroup } from './seed/devices.ts';
export { SEED_CONTEXT, SEED_SECRET_KEY, type SeededOrganization, seedKeyring, seedOrganization } from './seed/organization.ts';
export { ALL_AT_ONCE, seedPipeline } from './seed/pipeline.ts';
export { type SeededRelease, type SeedReleaseOptions, seedApplication, seedRelease } from './seed/release.ts';
export { startTestPostgres, TEST_POSTGRES_VARIABLE } from './server.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { createTestStore, type TestStore } from './test-store.ts';
export * from './virtual-fleet/index.ts';
