import type { DeviceConfiguration } from '@sluice/contracts';
import { decodeBase64 } from './base64.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256Hex } from './digest.ts';
import { TrustError } from './errors.ts';
import { malformed, readMembers, readObject, readString, readUuid } from './parse.ts';
import { parseCanonicalJson } from './payload.ts';
import { variableNamePattern } from './release.ts';

const configurationBytesMax = 16 * 1024 * 1024;

/** The bytes of a configuration (canonical JSON), to be sealed to the device, and their digest, to be put into its assignment. */
export function encodeConfiguration(configuration: DeviceConfiguration): { bytes: Uint8Array; digest: string } {
  const bytes = canonicalJson(parseDeviceConfiguration(configuration));
  return { bytes, digest: sha256Hex(bytes) };
}

/**
 * The additional data (`aad`) of the box in which a configuration travels to its device: the control plane seals with it, the agent opens
 * with it, so that a box for another device or of another configuration does not open.
 */
export function configurationContext(configuration: { deviceId: string; digest: string }): Uint8Array {
  return new TextEncoder().encode(`sluice-configuration-v1\n${configuration.deviceId}\n${configuration.digest}`);
}

/**
 * Verifies the bytes of an opened configuration: digest as assigned, strict reading, mine.
 * @throws {TrustError} HASH_MISMATCH, WRONG_DEVICE, ENDLESS_DATA, MALFORMED
 */
export function verifyConfiguration(bytes: Uint8Array, expectation: { digest: string; deviceId: string }): DeviceConfiguration {
  if (bytes.length > configurationBytesMax) {
    throw new TrustError('ENDLESS_DATA', `The configuration is longer than ${configurationBytesMax} bytes.`);
  }
  const digest = sha256Hex(bytes);
  if (digest !== expectation.digest) {
    throw new TrustError('HASH_MISMATCH', `The configuration's digest is ${digest}, the assignment says ${expectation.digest}.`);
  }
  const configuration = parseDeviceConfiguration(parseCanonicalJson(bytes));
  if (configuration.deviceId !== expectation.deviceId) {
    throw new TrustError('WRONG_DEVICE', `The configuration is for device ${configuration.deviceId}, this is ${expectation.deviceId}.`);
  }
  return configuration;
}

/** Reads a configuration strictly. @throws {TrustError} MALFORMED */
export function parseDeviceConfiguration(value: unknown): DeviceConfiguration {
  const members = readObject(value, '', ['deviceId', 'salt', 'variables', 'credentials']);
  const salt = readString(members['salt'], '/salt', 200);
  decodeBase64(salt, 'salt');
  return {
    deviceId: readUuid(members['deviceId'], '/deviceId'),
    salt,
    variables: readRecord(members['variables'], '/variables', (item, at, name) => {
      readString(name, at, 128, variableNamePattern);
      return readString(item, at, configurationBytesMax);
    }),
    credentials: readRecord(members['credentials'], '/credentials', (item, at) => ({ ...readMembers(item, at) })),
  };
}

function readRecord<T>(value: unknown, at: string, readItem: (item: unknown, at: string, name: string) => T): Record<string, T> {
  const entries = Object.entries(readMembers(value, at)).map(([name, item]): [string, T] => {
    // A name that code further on could mistake for an object's prototype is never a variable or a node.
    if (name === '__proto__') throw malformed(`${at}/${name}`, 'another name');
    return [name, readItem(item, `${at}/${name}`, name)];
  });
  return Object.fromEntries(entries);
}
