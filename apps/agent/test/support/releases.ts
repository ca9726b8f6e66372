import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Envelope, HealthPolicy, ReleaseManifest } from '@sluice/contracts';
import { type SigningKey, signRelease } from '@sluice/trust';

import { fixtureModules, type ReleaseModules } from './modules.ts';

export type PublishedRelease = { digest: string; envelope: Envelope; manifest: ReleaseManifest; blobs: Buffer[] };

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** Quick enough for tests, strict enough that a lost connection fails. */
export const testHealthPolicy: HealthPolicy = {
  startTimeoutMs: 20_000,
  windowMs: 400,
  decideWithinMs: 30_000,
  connections: 'all',
  connectionGraceMs: 700,
  maximumUncaughtErrors: 0,
  maximumEventLoopLagMs: 5_000,
};

const applicationId = randomUUID();

/** Flows with a Modbus connection to `PLC_PORT` and a function whose text is the label, so that each label has flows of its own. */
export function testFlows(label: string): unknown[] {
  return [
    { id: 'tab1', type: 'tab', label: 'line' },
    {
      id: 'plc1',
      type: 'modbus-client',
      name: 'plc',
      clienttype: 'tcp',
      bufferCommands: true,
      stateLogEnabled: false,
      queueLogEnabled: false,
      tcpHost: '127.0.0.1',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Node-RED's own way to name a variable.
      tcpPort: '${PLC_PORT}',
      tcpType: 'DEFAULT',
      serialType: 'RTU',
      unit_id: 1,
      commandDelay: 1,
      clientTimeout: 500,
      reconnectOnTimeout: true,
      reconnectTimeout: 200,
      parallelUnitIdsAllowed: true,
    },
    {
      id: 'read1',
      type: 'modbus-read',
      z: 'tab1',
      name: 'counter',
      showStatusActivities: false,
      showErrors: false,
      unitid: '1',
      dataType: 'HoldingRegister',
      adr: '0',
      quantity: '2',
      rate: '100',
      rateUnit: 'ms',
      delayOnStart: false,
      server: 'plc1',
      wires: [['fn1'], []],
    },
    { id: 'fn1', type: 'function', z: 'tab1', name: '', func: `// ${label}\nreturn msg;`, outputs: 1, wires: [[]] },
  ];
}

export type ReleaseOptions = {
  label: string;
  counter: number;
  flows?: unknown[];
  packageJson?: Buffer;
  packageLock?: Buffer;
  /** Default: those of the fixture's lock. */
  modules?: ReleaseModules;
  extraFiles?: Record<string, Buffer>;
  healthPolicy?: Partial<HealthPolicy>;
  change?: (manifest: ReleaseManifest) => ReleaseManifest;
};

/** Signs a release as the control plane's publishing does. */
export function publishRelease(keys: { release: SigningKey }, organizationId: string, options: ReleaseOptions): PublishedRelease {
  const flows = options.flows ?? testFlows(options.label);
  const packageLock = options.packageLock ?? fixture('package-lock.json');
  const modules = options.modules ?? fixtureModules(packageLock);
  const contents: Record<string, Buffer> = {
    'flows.json': Buffer.from(JSON.stringify(flows, null, 2)),
    'package.json': options.packageJson ?? fixture('package.json'),
    'package-lock.json': packageLock,
    'modules.json': modules.list,
    'settings.json': Buffer.from('{}'),
    ...options.extraFiles,
  };
  const manifest: ReleaseManifest = {
    organizationId,
    applicationId,
    releaseCounter: options.counter,
    releaseName: options.label,
    snapshotDigest: sha256(options.label),
    files: Object.entries(contents).map(([path, bytes]) => ({ path, sha256: sha256(bytes), length: bytes.length })),
    lockDigest: sha256(packageLock),
    runtime: { kind: 'node-red', version: '5.0.7', node: '>=22.9' },
    flowsRevision: sha256(JSON.stringify(flows)),
    variables: [
      { name: 'PLC_PORT', required: true, secret: false },
      { name: 'SHIFT', required: false, secret: false, default: 'early' },
    ],
    healthPolicy: { ...testHealthPolicy, ...options.healthPolicy },
    minimumAgentVersion: '0.1.0',
    createdAt: new Date().toISOString(),
  };
  const { envelope, digest } = signRelease(options.change?.(manifest) ?? manifest, [keys.release]);
  return { digest, envelope, manifest, blobs: [...Object.values(contents), ...modules.tarballs] };
}
