import { type Static, Type } from 'typebox';
import { Closed, Digest, Text, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** How far a capture is. Open until it is completed, failed or expired. */
export const captureStates = ['requested', 'delivered', 'completed', 'failed', 'expired'] as const;
export type CaptureState = (typeof captureStates)[number];

/** Where the flows were read: in the running runtime, or (none was up) from the files that it would start with. */
export const captureSources = ['runtime', 'files'] as const;
export type CaptureSource = (typeof captureSources)[number];

/** What a person should know about a capture before they publish it. */
export const captureWarningCodes = [
  /** Nodes have other credentials on the device than in the release: those of the release were taken. */
  'CREDENTIALS_DIFFER',
  /** Nodes are new on the device and have credentials there: none were taken. */
  'CREDENTIALS_NEW',
  /** Whether credentials differ could not be found out. */
  'CREDENTIALS_UNKNOWN',
  /** Modules on the device have other versions than the lock. */
  'MODULES_DIFFER',
  /** Another Node-RED runs than the release names. */
  'RUNTIME_DIFFERS',
  /** The flows use variables that the release does not declare: they were declared. */
  'VARIABLES_NEW',
  /** No runtime was up: these are the flows it would start with. */
  'NOT_RUNNING',
] as const;
export type CaptureWarningCode = (typeof captureWarningCodes)[number];

export const CaptureWarning = Closed({ code: OneOf(captureWarningCodes), message: Type.String() });
export type CaptureWarning = Static<typeof CaptureWarning>;

const nodesListedMax = 200;

/** A node by what people call it. */
export const CapturedNode = Closed({
  id: Type.String({ maxLength: 200 }),
  type: Type.String({ maxLength: 200 }),
  name: Type.String({ maxLength: 200 }),
});
export type CapturedNode = Static<typeof CapturedNode>;

const facts = {
  source: OneOf(captureSources),
  runtimeVersion: Type.Union([Type.String({ maxLength: 50 }), Type.Null()], { description: 'Null when no runtime was up.' }),
  modules: Type.Record(Type.String({ maxLength: 214 }), Type.String({ maxLength: 256 }), {
    maxProperties: 1000,
    description: 'Installed versions of the modules that package.json of the release names.',
  }),
  credentials: Closed(
    {
      compared: Type.Boolean(),
      changed: Type.Array(CapturedNode, { maxItems: nodesListedMax }),
    },
    { description: 'Nodes with other credentials than the release has for them. Credentials themselves never leave the device.' },
  ),
};

/** What a device said about what runs there, besides the flows. */
export const CapturedFacts = Closed({ ...facts, flowsRevision: Digest });
export type CapturedFacts = Static<typeof CapturedFacts>;

/** `POST /device/v1/captures/{id}`: what runs there now. */
export const CapturedContent = Closed({
  ...facts,
  releaseDigest: Digest,
  flows: Type.Array(Type.Unknown(), { description: 'Without credentials.' }),
});
export type CapturedContent = Static<typeof CapturedContent>;

/** `POST /device/v1/captures/{id}`: why there is nothing to send. */
export const CaptureRefusal = Closed({
  failure: Closed({ code: Type.String({ minLength: 1, maxLength: 100 }), message: Type.String({ maxLength: 1000 }) }),
});
export type CaptureRefusal = Static<typeof CaptureRefusal>;

export const CaptureUpload = Type.Union([CapturedContent, CaptureRefusal]);
export type CaptureUpload = Static<typeof CaptureUpload>;

/** What became of it. The same upload again is answered alike. */
export const CaptureReceipt = Closed({ state: OneOf(['completed', 'failed'] as const) });
export type CaptureReceipt = Static<typeof CaptureReceipt>;

/** `POST …/devices/{id}/captures`. `message`: of the snapshot that comes of it. */
export const RequestCaptureRequest = Closed({ message: Type.Optional(Text) });
export type RequestCaptureRequest = Static<typeof RequestCaptureRequest>;

/** What runs on a device now, asked for by a person; a snapshot comes of it when it differs from the release. */
export const DeviceCapture = Closed({
  id: Uuid,
  deviceId: Uuid,
  deviceName: Type.String(),
  state: OneOf(captureStates),
  message: Type.String(),
  requestedBy: Type.String(),
  requestedAt: Timestamp,
  expiresAt: Timestamp,
  deliveredAt: Type.Union([Timestamp, Type.Null()]),
  finishedAt: Type.Union([Timestamp, Type.Null()]),
  differs: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'Whether the flows on the device are others than those of the release it runs. Null until it is completed.',
  }),
  release: Type.Union([Closed({ id: Uuid, name: Type.String(), applicationId: Uuid, applicationName: Type.String() }), Type.Null()], {
    description: 'The release that the device runs.',
  }),
  snapshot: Type.Union([Closed({ id: Uuid, number: Type.Integer() }), Type.Null()], {
    description:
      'The snapshot with what runs there: made from it, or one that was there with the same content (that of the release, when nothing differs).',
  }),
  observed: Type.Union([CapturedFacts, Type.Null()]),
  warnings: Type.Array(CaptureWarning),
  failure: Type.Union([Closed({ code: Type.String(), message: Type.String() }), Type.Null()]),
});
export type DeviceCapture = Static<typeof DeviceCapture>;
