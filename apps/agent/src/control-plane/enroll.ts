import type { EnrollRequest, Inventory } from '@sluice/contracts';
import { signDeviceProof, verifyRoot } from '@sluice/trust';
import { type Enrollment, type Identity, writeEnrollment } from '../identity/identity.ts';
import type { FileSystem } from '../ports/index.ts';
import type { TrustStore } from '../trust-state.ts';
import type { DeviceApi } from './device-api.ts';

export type EnrollDeps = {
  api: DeviceApi;
  fileSystem: FileSystem;
  identityFolder: string;
  identity: Identity;
  trust: TrustStore;
  code: string;
  deviceName: string;
  hardwareId: string;
  inventory: Inventory;
};

/**
 * Enrolls the device and pins the root that comes back. Repeatable: the same keys are sent again after a crash or a lost answer.
 * @throws HttpError (code refused), TrustError (the root is not whole), NetworkError
 */
export async function enroll(deps: EnrollDeps): Promise<Enrollment> {
  const nonce = await deps.api.nonce();
  const body: Omit<EnrollRequest, 'signature'> = {
    code: deps.code,
    nonce,
    publicKey: deps.identity.signingKey.publicKey,
    sealingKey: deps.identity.sealingKey.publicKey,
    hardwareId: deps.hardwareId,
    name: deps.deviceName,
    inventory: deps.inventory,
  };
  const signature = signDeviceProof({ purpose: 'enroll', nonce, body }, deps.identity.signingKey.privateKey);
  const answer = await deps.api.enroll({ ...body, signature });
  verifyRoot(JSON.parse(answer.root));
  // The root first: an enrollment on disk means that everything after it can be verified.
  await deps.trust.update((state) => ({ ...state, root: answer.root }));
  const enrollment: Enrollment = { deviceId: answer.deviceId, organizationId: answer.organizationId };
  await writeEnrollment(deps.fileSystem, deps.identityFolder, enrollment);
  return enrollment;
}
