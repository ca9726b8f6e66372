import { type Static, Type } from 'typebox';
import { HealthVerdict, RuntimeHealth } from './health.ts';
import { LogQuestion } from './resources/device-logs.ts';
import { Base64, Closed, Digest, Name, Timestamp, Uuid } from './schema.ts';
import { Envelope } from './signed.ts';
import { failureDetails, OneOf, reportableDeploymentStates } from './states.ts';

/** What an agent tells about its host when it enrolls and when it changes. */
export const Inventory = Closed({
  agentVersion: Type.String({ maxLength: 50 }),
  nodeVersion: Type.String({ maxLength: 50 }),
  operatingSystem: Type.String({ maxLength: 100 }),
  architecture: Type.String({ maxLength: 50 }),
  hostname: Type.String({ maxLength: 253 }),
  timeZone: Type.Optional(Type.String({ maxLength: 100, description: 'IANA name of the zone that the host is set to.' })),
  features: Type.Optional(
    Type.Array(Type.String({ maxLength: 50 }), {
      maxItems: 50,
      description: 'What the agent can do beyond the first protocol: `windows` (it waits for maintenance windows by itself).',
    }),
  ),
});
export type Inventory = Static<typeof Inventory>;

/** `POST /device/v1/nonce`: a challenge to sign. It needs no authentication and changes nothing. */
export const NonceResponse = Closed({ nonce: Type.String(), expiresAt: Timestamp });
export type NonceResponse = Static<typeof NonceResponse>;

/**
 * `POST /device/v1/enroll`. `signature` is the device proof (see the trust package) with purpose `enroll`
 * over the nonce and the canonical JSON of this request without `signature`.
 */
export const EnrollRequest = Closed({
  code: Type.String({ minLength: 1, maxLength: 200 }),
  nonce: Type.String({ minLength: 1, maxLength: 300 }),
  publicKey: Base64,
  sealingKey: Base64,
  hardwareId: Type.String({ minLength: 1, maxLength: 200 }),
  name: Name,
  inventory: Inventory,
  signature: Base64,
});
export type EnrollRequest = Static<typeof EnrollRequest>;

/** `root` is the pinned root document (TUF `root.json`, as text): its exact bytes matter. */
export const EnrollResponse = Closed({
  deviceId: Uuid,
  organizationId: Uuid,
  approval: OneOf(['approved', 'pending'] as const),
  root: Type.String(),
});
export type EnrollResponse = Static<typeof EnrollResponse>;

/** `POST /device/v1/token`. `signature`: device proof with purpose `token` over the nonce and the canonical JSON of `{deviceId}`. */
export const TokenRequest = Closed({ deviceId: Uuid, nonce: Type.String({ minLength: 1, maxLength: 300 }), signature: Base64 });
export type TokenRequest = Static<typeof TokenRequest>;

export const TokenResponse = Closed({
  accessToken: Type.String(),
  expiresInSeconds: Type.Integer({ minimum: 1 }),
  epoch: Type.Integer({ minimum: 1 }),
});
export type TokenResponse = Static<typeof TokenResponse>;

/**
 * `GET /device/v1/desired`: the ETag changes with the revision and with what somebody wants to know. `assignment` is null until the device has been given
 * something. `capture` and `logs` are not signed: they can only make the device tell.
 */
export const DesiredResponse = Closed({
  revision: Type.Integer({ minimum: 0 }),
  assignment: Type.Union([Envelope, Type.Null()]),
  pollAfterMs: Type.Integer({ minimum: 0, description: 'When to ask next if no long poll is held.' }),
  capture: Type.Optional(Closed({ id: Uuid }, { description: 'Somebody wants to see what runs there: `POST /device/v1/captures/{id}`.' })),
  logs: Type.Optional(LogQuestion),
});
export type DesiredResponse = Static<typeof DesiredResponse>;

const sequence = Type.Integer({
  minimum: 1,
  description: 'Grows by one with each report of the device, for ever; makes a redelivery harmless.',
});

/** What is installed in one place of the device (running, or kept to go back to). */
export const InstalledRelease = Closed({
  releaseDigest: Digest,
  releaseCounter: Type.Integer({ minimum: 0 }),
  configurationDigest: Type.Union([Digest, Type.Null()]),
});
export type InstalledRelease = Static<typeof InstalledRelease>;

/** The device moved a deployment on. `at` is the device's own clock: data, never an order. */
export const DeploymentReport = Closed({
  sequence,
  kind: Type.Literal('deployment'),
  at: Timestamp,
  deploymentId: Uuid,
  attempt: Type.Integer({ minimum: 1 }),
  state: OneOf(reportableDeploymentStates),
  code: Type.Optional(Type.String({ maxLength: 100, description: "The agent's error code." })),
  message: Type.Optional(Type.String({ maxLength: 2000 })),
  failureDetail: Type.Optional(OneOf(failureDetails)),
  method: Type.Optional(OneOf(['first_start', 'hot', 'restart'] as const)),
  cutOverMs: Type.Optional(Type.Integer({ minimum: 0, description: 'How long the flows were not running while switching.' })),
});
export type DeploymentReport = Static<typeof DeploymentReport>;

/** What runs now and how well. `inventory` comes with the first one of each agent process: the host may have changed. */
export const HealthReport = Closed({
  sequence,
  kind: Type.Literal('health'),
  at: Timestamp,
  revision: Type.Integer({ minimum: 0, description: 'The revision the agent last reconciled, 0 before the first.' }),
  running: Type.Union([InstalledRelease, Type.Null()]),
  previous: Type.Union([InstalledRelease, Type.Null()]),
  verdict: HealthVerdict,
  runtime: Type.Union([RuntimeHealth, Type.Null()]),
  inventory: Type.Optional(Inventory),
});
export type HealthReport = Static<typeof HealthReport>;

/** Why a device refused what it was told; each names the attack it would have been. */
export const refusalCodes = [
  'SIGNATURE',
  'ROLLBACK_DETECTED',
  'FREEZE_SUSPECTED',
  'MIX_AND_MATCH',
  'ENDLESS_DATA',
  'WRONG_DEVICE',
  'UNLISTED_FILE',
  'HASH_MISMATCH',
  'EXPIRED',
  'MALFORMED',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];
export const RefusalReport = Closed({
  sequence,
  kind: Type.Literal('refusal'),
  at: Timestamp,
  code: OneOf(refusalCodes),
  detail: Type.String({ maxLength: 2000 }),
  revision: Type.Integer({ minimum: 0 }),
});
export type RefusalReport = Static<typeof RefusalReport>;

/** Something worth a line in the device's timeline: restarts, crash loops, recoveries, rejoining after an outage. */
export const EventReport = Closed({
  sequence,
  kind: Type.Literal('event'),
  at: Timestamp,
  level: OneOf(['info', 'warning', 'error'] as const),
  code: Type.String({ minLength: 1, maxLength: 100 }),
  message: Type.String({ maxLength: 2000 }),
});
export type EventReport = Static<typeof EventReport>;

export const Report = Type.Union([DeploymentReport, HealthReport, RefusalReport, EventReport]);
export type Report = Static<typeof Report>;

/** `POST /device/v1/reports`: in order of their sequence. All or none becomes durable before the answer. */
export const ReportsRequest = Closed({ reports: Type.Array(Report, { minItems: 1, maxItems: 500 }) });
export type ReportsRequest = Static<typeof ReportsRequest>;

/**
 * `acknowledged`: the highest sequence that is durable; the agent forgets all up to it.
 * `refused`: deployment reports that changed nothing (old attempt, terminal state), with the deployment's current state.
 */
export const ReportsResponse = Closed({
  acknowledged: Type.Integer({ minimum: 0 }),
  refused: Type.Array(Closed({ sequence: Type.Integer(), state: Type.String(), detail: Type.String() })),
});
export type ReportsResponse = Static<typeof ReportsResponse>;
