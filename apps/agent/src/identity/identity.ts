import { join } from 'node:path';
import { generateSealingKey, generateSigningKey, type SealingKey, type SigningKey } from '@sluice/trust';
import { writeDurably } from '../durable/write.ts';
import type { FileSystem, Random } from '../ports/index.ts';

/** What makes this device this device. The private keys and the secret never leave it. */
export type Identity = {
  signingKey: SigningKey;
  sealingKey: SealingKey;
  /** Node-RED's secret for its credentials file. */
  credentialSecret: string;
};

/** What the control plane said when the device enrolled. */
export type Enrollment = { deviceId: string; organizationId: string };

const identityFile = 'identity.json';
const enrollmentFile = 'enrollment.json';

async function readJson<T>(
  fileSystem: FileSystem,
  path: string,
  isWhole: (value: Record<string, unknown>) => boolean,
): Promise<T | undefined> {
  const bytes = await fileSystem.read(path);
  if (bytes === undefined) return undefined;
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (typeof value !== 'object' || value === null || !isWhole(value as Record<string, unknown>)) throw new Error(`${path} is damaged`);
  return value as T;
}

/**
 * The device's keys, made at the first call and durable before they are returned: a crash in the middle of the enrollment must not
 * leave the control plane with a device whose key is gone.
 */
export async function openIdentity(fileSystem: FileSystem, folder: string, random: Random): Promise<Identity> {
  await fileSystem.makeFolder(folder, 0o700);
  const path = join(folder, identityFile);
  const known = await readJson<Identity>(fileSystem, path, (value) => 'signingKey' in value && 'sealingKey' in value);
  if (known !== undefined) return known;
  const identity: Identity = {
    signingKey: generateSigningKey(),
    sealingKey: generateSealingKey(),
    credentialSecret: Buffer.from(random.randomBytes(32)).toString('hex'),
  };
  await writeDurably(fileSystem, path, JSON.stringify(identity));
  return identity;
}

export function readEnrollment(fileSystem: FileSystem, folder: string): Promise<Enrollment | undefined> {
  return readJson<Enrollment>(fileSystem, join(folder, enrollmentFile), (value) => typeof value['deviceId'] === 'string');
}

export function writeEnrollment(fileSystem: FileSystem, folder: string, enrollment: Enrollment): Promise<void> {
  return writeDurably(fileSystem, join(folder, enrollmentFile), JSON.stringify(enrollment));
}
