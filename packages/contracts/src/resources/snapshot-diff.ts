import { type Static, Type } from 'typebox';
import { Closed, Digest, Timestamp, Uuid } from '../schema.ts';
import { VariableDeclaration } from '../signed.ts';
import { OneOf } from '../states.ts';
import { Endpoint } from './integrations.ts';

/** What a change touches, from harmless to grave. Same words as `changeClasses` of the snapshot package; see docs/snapshots.md. */
export const ChangeClass = OneOf([
  'cosmetic',
  'wiring',
  'logic',
  'integration',
  'security',
  'dependency',
  'environment',
  'settings',
] as const);
export type ChangeClass = Static<typeof ChangeClass>;

const Nullable = <T extends import('typebox').TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

/** A run of lines around a change, as in a unified diff; lines are counted from 1. */
export const DiffHunk = Closed({
  beforeStart: Type.Integer(),
  afterStart: Type.Integer(),
  lines: Type.Array(Closed({ change: OneOf([' ', '-', '+'] as const), text: Type.String() })),
});
export type DiffHunk = Static<typeof DiffHunk>;

const Pointer = Type.String({ description: 'JSON pointer (RFC 6901).' });
const jsonChanges = {
  added: { pointer: Pointer, kind: Type.Literal('added'), after: Type.Unknown(), position: Type.Integer() },
  removed: { pointer: Pointer, kind: Type.Literal('removed'), before: Type.Unknown() },
  replaced: { pointer: Pointer, kind: Type.Literal('replaced'), before: Type.Unknown(), after: Type.Unknown() },
  lines: { pointer: Pointer, kind: OneOf(['text', 'list'] as const), hunks: Type.Array(DiffHunk) },
  reordered: { pointer: Pointer, kind: Type.Literal('reordered'), after: Type.Array(Type.String()) },
};

/** A change at one place. `text`: lines of a text; `list`: items of an array whose length changed, each as JSON. */
export const PlaceChange = Type.Union([
  Closed(jsonChanges.added),
  Closed(jsonChanges.removed),
  Closed(jsonChanges.replaced),
  Closed(jsonChanges.lines),
  Closed(jsonChanges.reordered),
]);
export type PlaceChange = Static<typeof PlaceChange>;

/** A change of one place of a node; `pointer` is within the node. */
export const NodePropertyChange = Type.Union([
  Closed({ ...jsonChanges.added, class: ChangeClass }),
  Closed({ ...jsonChanges.removed, class: ChangeClass }),
  Closed({ ...jsonChanges.replaced, class: ChangeClass }),
  Closed({ ...jsonChanges.lines, class: ChangeClass }),
  Closed({ ...jsonChanges.reordered, class: ChangeClass }),
]);
export type NodePropertyChange = Static<typeof NodePropertyChange>;

const DiffWire = Closed({ output: Nullable(Type.Integer({ description: 'Counted from 0; null for a link.' })), to: Type.String() });
const described = {
  id: Type.String(),
  type: Type.String(),
  name: Nullable(Type.String()),
  class: ChangeClass,
  before: Nullable(Type.Integer({ description: 'Place in the flows before.' })),
  after: Nullable(Type.Integer({ description: 'Place in the flows after.' })),
};

/** How one node differs. `node` of one that is new or gone is the whole node, as it stands in the flows. */
export const NodeChange = Type.Union([
  Closed({ ...described, change: OneOf(['added', 'removed'] as const), node: Type.Record(Type.String(), Type.Unknown()) }),
  Closed({
    ...described,
    change: Type.Literal('changed'),
    changes: Type.Array(NodePropertyChange, { description: 'What matters, gravest first.' }),
    cosmetic: Type.Array(NodePropertyChange),
    connected: Type.Array(DiffWire),
    disconnected: Type.Array(DiffWire),
  }),
]);
export type NodeChange = Static<typeof NodeChange>;

const nodeCounts = Closed({ added: Count, removed: Count, changed: Count, cosmetic: Count });

/** What changed on one tab or in one subflow; `global`: config nodes outside of both; `absent`: a tab that the flows name but do not hold. */
export const DiffSection = Closed({
  kind: OneOf(['tab', 'subflow', 'global', 'absent'] as const),
  id: Nullable(Type.String()),
  label: Nullable(Type.String()),
  change: OneOf(['added', 'removed', 'changed'] as const),
  class: ChangeClass,
  counts: nodeCounts,
  nodes: Type.Array(NodeChange),
  cosmetic: Type.Array(NodeChange),
});
export type DiffSection = Static<typeof DiffSection>;

/** How the way to something outside changes. */
export const EndpointDifference = Type.Union([
  Closed({ change: Type.Literal('added'), after: Endpoint }),
  Closed({ change: Type.Literal('removed'), before: Endpoint }),
  Closed({
    change: Type.Literal('changed'),
    aspects: Type.Array(OneOf(['address', 'security', 'direction', 'listens', 'state', 'nodes'] as const)),
    before: Endpoint,
    after: Endpoint,
  }),
]);
export type EndpointDifference = Static<typeof EndpointDifference>;

/** What becomes less safe by the change. */
export const DiffRisk = Closed({
  code: OneOf(['tls_off', 'certificate_check_off', 'inbound_without_authentication', 'exec_added', 'secret_in_plain_text'] as const),
  nodeIds: Type.Array(Type.String()),
  address: Nullable(Type.String()),
  pointer: Nullable(Type.String()),
});
export type DiffRisk = Static<typeof DiffRisk>;

/** What stops and starts when the release is applied to a device that runs the one before. Ids of nodes in the order of the flows. */
export const DiffRestart = Closed({
  scope: OneOf(['none', 'nodes', 'flows', 'process'] as const),
  reasons: Type.Array(OneOf(['global_config', 'not_deployable', 'modules', 'runtime', 'settings', 'variables'] as const)),
  restarted: Type.Array(Type.String()),
  started: Type.Array(Type.String()),
  stopped: Type.Array(Type.String()),
  rewired: Type.Array(Type.String()),
});
export type DiffRestart = Static<typeof DiffRestart>;

const VersionDifference = Nullable(Closed({ before: Nullable(Type.String()), after: Nullable(Type.String()) }));

/** What two snapshots differ in. See docs/snapshots.md. */
export const SnapshotDifference = Closed({
  counts: Closed({
    classes: Type.Record(Type.String(), Count, { description: 'Changed nodes, modules, variables and settings by their gravest class.' }),
    nodes: nodeCounts,
    restarting: Count,
    endpoints: Closed({ added: Count, removed: Count, changed: Count }),
  }),
  class: Nullable(ChangeClass),
  sections: Type.Array(DiffSection),
  modules: Type.Array(
    Closed({
      name: Type.String(),
      direct: Type.Boolean(),
      before: Nullable(Type.String()),
      after: Nullable(Type.String()),
      contentChanged: Type.Boolean(),
    }),
  ),
  runtime: Closed({ nodeRed: VersionDifference, node: VersionDifference }),
  variables: Type.Array(
    Closed({
      name: Type.String(),
      before: Nullable(VariableDeclaration),
      after: Nullable(VariableDeclaration),
      needsValue: Type.Boolean(),
    }),
  ),
  settings: Type.Array(PlaceChange),
  endpoints: Type.Array(EndpointDifference),
  risks: Type.Array(DiffRisk),
  restart: DiffRestart,
  order: Nullable(Type.Array(Type.Integer())),
  parts: Type.Array(PlaceChange),
});
export type SnapshotDifference = Static<typeof SnapshotDifference>;

/** One side of a comparison. */
export const DiffSide = Closed({
  applicationId: Uuid,
  applicationName: Type.String(),
  snapshotId: Uuid,
  number: Type.Integer({ minimum: 1 }),
  digest: Digest,
  message: Type.String(),
  createdBy: Type.String(),
  createdAt: Timestamp,
  release: Nullable(Closed({ id: Uuid, name: Type.String() })),
});
export type DiffSide = Static<typeof DiffSide>;

/** Whose variables addresses were resolved with. */
export const VariableTarget = Closed({ kind: OneOf(['stage', 'device'] as const), id: Uuid, name: Type.String() });
export type VariableTarget = Static<typeof VariableTarget>;

/** The answer of the three comparisons. `from` is null where there was nothing before: everything is new then. */
export const SnapshotDiffReport = Closed({
  from: Nullable(DiffSide),
  to: DiffSide,
  target: Nullable(VariableTarget),
  missingVariables: Type.Array(Type.String(), {
    description: 'What the newer side requires and the target has no value for. Empty without a target.',
  }),
  diff: SnapshotDifference,
});
export type SnapshotDiffReport = Static<typeof SnapshotDiffReport>;

/** `GET …/snapshots/{id}/diff`: `from` is by default the snapshot it was made from. `stageId`: resolve addresses with that stage's variables. */
export const SnapshotDiffQuery = Closed({ from: Type.Optional(Uuid), stageId: Type.Optional(Uuid) });
export type SnapshotDiffQuery = Static<typeof SnapshotDiffQuery>;

/** `GET …/releases/{id}/diff`: `from` is another release, by default the one before it of the application. */
export const ReleaseDiffQuery = Closed({ from: Type.Optional(Uuid), stageId: Type.Optional(Uuid) });
export type ReleaseDiffQuery = Static<typeof ReleaseDiffQuery>;

/** `GET …/devices/{id}/diff`: from what runs there to this release, by default the one that it shall run, with the variables of the device. */
export const DeviceDiffQuery = Closed({ releaseId: Type.Optional(Uuid) });
export type DeviceDiffQuery = Static<typeof DeviceDiffQuery>;
