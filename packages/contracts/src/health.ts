import { type Static, Type } from 'typebox';
import { Closed, Digest, Timestamp } from './schema.ts';
import { OneOf } from './states.ts';

/** The state of one connection (a node's status) inside the runtime, as the probe sees it. */
export const ConnectionStatus = Closed({
  nodeId: Type.String({ maxLength: 200 }),
  nodeType: Type.String({ maxLength: 200 }),
  nodeName: Type.String({ maxLength: 200 }),
  state: OneOf(['connected', 'connecting', 'disconnected', 'unknown'] as const),
  text: Type.String({ maxLength: 500 }),
  since: Timestamp,
});
export type ConnectionStatus = Static<typeof ConnectionStatus>;

/** Numbers that the flows declare of themselves, by name; see docs/rollouts.md. */
export const Kpis = Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,62}$' }), Type.Number({ minimum: -1e12, maximum: 1e12 }), {
  maxProperties: 50,
});

/** What the probe measures inside the runtime. */
export const RuntimeHealth = Closed({
  measuredAt: Timestamp,
  runtimeVersion: Type.String({ maxLength: 50 }),
  nodeVersion: Type.String({ maxLength: 50 }),
  flowsState: OneOf(['starting', 'started', 'stopped', 'safe'] as const),
  flowsRevision: Type.Union([Digest, Type.Null()], { description: "sha256 of JSON.stringify(flows), Node-RED's own `rev`." }),
  missingTypes: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 200 }),
  credentialsReadable: Type.Boolean(),
  connections: Type.Array(ConnectionStatus, { maxItems: 2000 }),
  uncaughtErrors: Type.Integer({ minimum: 0 }),
  nodeErrors: Type.Integer({ minimum: 0 }),
  lastError: Type.Union([Type.String({ maxLength: 1000 }), Type.Null()]),
  messagesTotal: Type.Integer({ minimum: 0 }),
  messagesPerSecond: Type.Number({ minimum: 0 }),
  eventLoopLagMs: Type.Number({ minimum: 0 }),
  heapUsedBytes: Type.Integer({ minimum: 0 }),
  residentBytes: Type.Integer({ minimum: 0 }),
  uptimeMs: Type.Integer({ minimum: 0 }),
  kpis: Type.Optional(Kpis),
});
export type RuntimeHealth = Static<typeof RuntimeHealth>;

/** Why a runtime is not healthy. One code per cause; `detail` is for people. */
export const healthReasonCodes = [
  'RUNTIME_DOWN',
  'RUNTIME_CRASHED',
  'FLOWS_NOT_STARTED',
  'FLOWS_REVISION_DIFFERS',
  'MISSING_NODE_TYPES',
  'CREDENTIALS_UNREADABLE',
  'CONNECTION_LOST',
  'UNCAUGHT_ERRORS',
  'EVENT_LOOP_LAG',
  'PROBE_SILENT',
] as const;
export type HealthReasonCode = (typeof healthReasonCodes)[number];
export const HealthReason = Closed({ code: OneOf(healthReasonCodes), detail: Type.String({ maxLength: 1000 }) });
export type HealthReason = Static<typeof HealthReason>;

/** The agent's verdict on its runtime. `unknown` before the first measurement. */
export const HealthVerdict = Closed({
  state: OneOf(['healthy', 'unhealthy', 'unknown'] as const),
  reasons: Type.Array(HealthReason, { maxItems: 100 }),
});
export type HealthVerdict = Static<typeof HealthVerdict>;

/** What a release must show on a device before the device commits it. Signed with the release, so nobody can weaken it on the way. */
export const HealthPolicy = Closed({
  startTimeoutMs: Type.Integer({
    minimum: 1_000,
    maximum: 3_600_000,
    description: 'The flows must be started and their revision must match within this time.',
  }),
  windowMs: Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'Continuous health for this long commits the release.' }),
  decideWithinMs: Type.Integer({
    minimum: 1_000,
    maximum: 86_400_000,
    description: 'Without a full healthy window by then, the device rolls back.',
  }),
  connections: OneOf(['all', 'previously_connected', 'ignore'] as const),
  connectionGraceMs: Type.Integer({
    minimum: 0,
    maximum: 3_600_000,
    description: 'A connection may be down for so long before it counts as lost.',
  }),
  maximumUncaughtErrors: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  maximumEventLoopLagMs: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
});
export type HealthPolicy = Static<typeof HealthPolicy>;

/** The health policy of a release that declares none. */
export const defaultHealthPolicy: HealthPolicy = {
  startTimeoutMs: 60_000,
  windowMs: 30_000,
  decideWithinMs: 180_000,
  connections: 'all',
  connectionGraceMs: 15_000,
  maximumUncaughtErrors: 0,
  maximumEventLoopLagMs: 2_000,
};
