import { hkdfSync } from 'node:crypto';
import type { CreateSnapshotRequest, OrganizationSealingKey } from '@sluice/contracts';
import { SnapshotError } from '@sluice/snapshot';
import { credentialsContext, open, sealingKeyFromSeed, TrustError } from '@sluice/trust';
import { ApiError } from '../../problems/api-error.ts';

/** Whose credentials a box holds: it opens for nothing else. */
type Target = { organizationId: string; applicationId: string };

/** Takes in credentials that were sealed where they came from, so that nothing on the way reads them. */
export type CredentialsIntake = {
  sealingKey(organizationId: string): OrganizationSealingKey;
  /**
   * The request with its sealed credentials opened; unchanged without any.
   * @throws SnapshotError CREDENTIALS_UNREADABLE; ApiError VALIDATION_FAILED when it brings credentials in both forms
   */
  opened(target: Target, request: CreateSnapshotRequest): CreateSnapshotRequest;
};

/**
 * Makes the intake. Nothing is kept: an organization's key pair is derived whenever it is needed.
 * @param key the key of purpose `credentials-intake`
 */
export function createCredentialsIntake(key: Uint8Array): CredentialsIntake {
  const keyOf = (organizationId: string) =>
    sealingKeyFromSeed(new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `sluice/v1/sealing-key/${organizationId}`, 32)));
  return {
    sealingKey: (organizationId) => ({ publicKey: keyOf(organizationId).publicKey }),
    opened: (target, request) => {
      const { sealedCredentials, ...rest } = request;
      if (sealedCredentials === undefined) return request;
      if (request.credentials !== undefined) {
        const errors = [{ pointer: '/sealedCredentials', detail: 'comes together with credentials that are not sealed' }];
        throw new ApiError('VALIDATION_FAILED', 'Send the credentials sealed or not, but not both.', { errors });
      }
      return { ...rest, credentials: openBox(keyOf(target.organizationId).privateKey, sealedCredentials, target) };
    },
  };
}

function openBox(privateKey: string, box: unknown, target: Target): string {
  try {
    return Buffer.from(open(privateKey, box, credentialsContext(target))).toString('utf8');
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new SnapshotError(
      'CREDENTIALS_UNREADABLE',
      'The sealed credentials do not open: they were sealed to another key or for another application, or were changed on the way. Fetch the ' +
        'sealing key of this organization again, seal for this application, and send the snapshot again.',
      { pointer: '/sealedCredentials', cause },
    );
  }
}
