import { type Static, Type } from 'typebox';
import { Closed, Text } from '../schema.ts';
import { OneOf } from '../states.ts';

/** The forms in which a snapshot leaves: flows.json, a Node-RED project (zip), a snapshot as FlowFuse imports it. */
export const SnapshotFormat = OneOf(['flows', 'project', 'flowfuse'] as const);
export type SnapshotFormat = Static<typeof SnapshotFormat>;

/** `POST …/snapshots` with a file as the body: what would be members of a JSON body. Of the secret, see the headers. */
export const SnapshotFileQuery = Closed({
  message: Type.Optional(Text),
  credentials: Type.Optional(OneOf(['omit'] as const)),
  lock: Type.Optional(OneOf(['omit'] as const)),
});
export type SnapshotFileQuery = Static<typeof SnapshotFileQuery>;

/** `GET …/snapshots/:id/export`: without credentials; a project when nothing is said. */
export const ExportSnapshotQuery = Closed({ format: Type.Optional(SnapshotFormat) });
export type ExportSnapshotQuery = Static<typeof ExportSnapshotQuery>;

/** `POST …/snapshots/:id/export`: with credentials, encrypted as Node-RED does with a secret of the caller's own. It is not kept. */
export const ExportSnapshotRequest = Closed({
  format: OneOf(['project', 'flowfuse'] as const),
  credentialSecret: Type.String({
    minLength: 8,
    maxLength: 4096,
    description: 'Whoever knows it reads the credentials. Node-RED derives the key from it without any delay, so make it long and random.',
  }),
});
export type ExportSnapshotRequest = Static<typeof ExportSnapshotRequest>;
