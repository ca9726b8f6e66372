import type { CreateSnapshotRequest } from '@sluice/contracts';
import { readFlowFile, type SnapshotFiles } from '@sluice/snapshot';

type FileParts = Omit<SnapshotFiles, 'notes'>;

const partsOf = ({ notes: _, ...parts }: SnapshotFiles): FileParts => parts;

/** The request for a snapshot of what files say. */
export function requestOfFiles(files: SnapshotFiles): CreateSnapshotRequest {
  return partsOf(files);
}

/**
 * The request with all that its flow file carries besides flows: a FlowFuse snapshot brings modules, variables, credentials and a name. What the
 * request itself says goes first.
 * @throws SnapshotError
 */
export function withFileParts(request: CreateSnapshotRequest): CreateSnapshotRequest {
  if (Array.isArray(request.flows)) return request;
  const text = typeof request.flows === 'string' ? request.flows : JSON.stringify(request.flows);
  const parts = partsOf(readFlowFile(text));
  if (request.sealedCredentials !== undefined) delete parts.credentials;
  return { ...parts, ...request, flows: parts.flows };
}
