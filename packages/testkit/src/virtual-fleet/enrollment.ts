import type { EnrollRequest, EnrollResponse } from '@sluice/contracts';
import { signDeviceProof, verifyRoot } from '@sluice/trust';
import type { DeviceCalls } from './device-calls.ts';
import type { DeviceMemory } from './device-memory.ts';

const inventory = {
  agentVersion: '0.1.0',
  nodeVersion: '24.0.0',
  operatingSystem: 'virtual',
  architecture: 'virtual',
};

/** Enrolls with a code and pins the root that comes back. Repeatable: the same keys are shown again. @throws DeviceHttpError, TrustError */
export async function enroll(
  calls: DeviceCalls,
  memory: DeviceMemory,
  { code, name }: { code: string; name: string },
): Promise<Pick<EnrollResponse, 'deviceId' | 'organizationId'>> {
  const nonce = await calls.nonce();
  const body: Omit<EnrollRequest, 'signature'> = {
    code,
    nonce,
    publicKey: memory.signingKey.publicKey,
    sealingKey: memory.sealingKey.publicKey,
    hardwareId: `virtual-${memory.signingKey.keyId.slice(0, 32)}`,
    name,
    inventory: { ...inventory, hostname: name },
  };
  const signature = signDeviceProof({ purpose: 'enroll', nonce, body }, memory.signingKey.privateKey);
  const { deviceId, organizationId, root } = await calls.enroll({ ...body, signature });
  memory.root = verifyRoot(JSON.parse(root));
  return { deviceId, organizationId };
}
