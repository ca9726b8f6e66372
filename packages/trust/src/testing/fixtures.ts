import type { Assignment, ModuleList, ReleaseManifest, TrustRole } from '@sluice/contracts';
import { expect } from 'vitest';
import { sha256Hex } from '../digest.ts';
import type { TrustErrorCode } from '../errors.ts';
import { createRoot, type TrustedRoot, verifyRoot } from '../root.ts';
import { generateSigningKey, type SigningKey } from '../signing-key.ts';

export const organizationId = '01935b6e-8f00-7000-8000-000000000001';
export const applicationId = '01935b6e-8f00-7000-8000-000000000002';
export const deviceId = '01935b6e-8f00-7000-8000-000000000003';
export const otherId = '01935b6e-8f00-7000-8000-00000000ffff';
export const now = Date.parse('2026-11-22T08:00:00.000Z');

type Keys = Record<Exclude<TrustRole, 'audit'>, SigningKey[]>;

/** A root whose roles have the given numbers of keys; every key of a role has to sign. */
export function makeTrust(counts: Partial<Record<keyof Keys, number>> = {}): { root: TrustedRoot; keys: Keys } {
  const make = (role: keyof Keys): SigningKey[] => Array.from({ length: counts[role] ?? 1 }, generateSigningKey);
  const keys: Keys = { root: make('root'), release: make('release'), director: make('director'), time: make('time') };
  const role = (name: keyof Keys): { publicKeys: string[]; threshold: number } => ({
    publicKeys: keys[name].map((key) => key.publicKey),
    threshold: keys[name].length,
  });
  const roles = { root: role('root'), release: role('release'), director: role('director'), time: role('time') };
  return { keys, root: verifyRoot(createRoot({ version: 1, expiresAt: now + 1e10, roles, signers: keys.root })) };
}

export const manifest: ReleaseManifest = {
  organizationId,
  applicationId,
  releaseCounter: 4,
  releaseName: 'v4',
  snapshotDigest: sha256Hex('snapshot'),
  files: [
    { path: 'flows.json', sha256: sha256Hex('flows'), length: 5 },
    { path: 'package-lock.json', sha256: sha256Hex('lock'), length: 4 },
  ],
  lockDigest: sha256Hex('lock'),
  runtime: { kind: 'node-red', version: '5.0.7', node: '>=22.9' },
  flowsRevision: sha256Hex('flows'),
  variables: [
    { name: 'PLC_HOST', required: true, secret: false },
    { name: 'ERP_TOKEN', required: false, secret: true, default: '' },
  ],
  healthPolicy: {
    startTimeoutMs: 60_000,
    windowMs: 30_000,
    decideWithinMs: 180_000,
    connections: 'all',
    connectionGraceMs: 15_000,
    maximumUncaughtErrors: 0,
    maximumEventLoopLagMs: 2_000,
  },
  minimumAgentVersion: '0.1.0',
  createdAt: '2026-11-22T07:00:00.000Z',
};

export const moduleList: ModuleList = {
  lockDigest: manifest.lockDigest,
  modules: [
    {
      path: 'node_modules/@acme/line',
      name: '@acme/line',
      version: '1.0.0',
      integrity: 'sha512-AAAA',
      sha256: sha256Hex('line'),
      length: 4,
      unpackedLength: 1024,
    },
    {
      path: 'node_modules/line/node_modules/fast',
      name: 'fast',
      version: '2.1.0',
      integrity: 'sha1-AAAA',
      sha256: sha256Hex('fast'),
      length: 0,
      unpackedLength: 0,
      os: ['linux'],
      cpu: ['x64', '!arm'],
      libc: ['glibc'],
      optional: { dependents: ['', 'node_modules/@acme/line'], requires: ['node_modules/@acme/line'] },
    },
  ],
  omitted: ['node_modules/other'],
};

export const assignment: Assignment = {
  organizationId,
  deviceId,
  revision: 7,
  epoch: 2,
  applicationId,
  releaseDigest: sha256Hex('release'),
  releaseCounter: 4,
  configurationDigest: sha256Hex('configuration'),
  rolloutId: otherId,
  deploymentId: null,
  attempt: 1,
  issuedAt: '2026-11-22T07:59:00.000Z',
  expiresAt: '2026-11-23T08:00:00.000Z',
};

/** The refusal with this code, for `toThrow`. */
export function refusal(code: TrustErrorCode): unknown {
  return expect.objectContaining({ name: 'TrustError', code });
}

/** What comes out at the other end of a wire. */
export function overTheWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
