import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { DeviceConfiguration, HealthPolicy, ReleaseManifest } from '@sluice/contracts';
import { configurationContext, open, verifyConfiguration } from '@sluice/trust';
import { removeDurably, writeDurably } from '../durable/write.ts';
import { AgentError } from '../errors.ts';
import { completeMark, type Layout } from '../layout.ts';
import type { FileSystem } from '../ports/index.ts';

/** A release with one configuration, ready to be started. Written once, never changed: switching only moves a link. */
export type Installation = {
  name: string;
  applicationId: string;
  releaseDigest: string;
  releaseCounter: number;
  releaseName: string;
  configurationDigest: string | null;
  lockDigest: string;
  settingsDigest: string;
  runtimeVersion: string;
  flowsRevision: string;
  /** Digest of what the runtime gets as its environment and credentials: equal ones can be switched without a restart. */
  inputsDigest: string;
  variables: ReleaseManifest['variables'];
  healthPolicy: HealthPolicy;
};

/** Secrets of an installation, opened only when the runtime is started. */
export type InstallationInputs = { environment: Record<string, string>; credentials: Record<string, unknown> };

const installationFile = 'installation.json';
const configurationFile = 'configuration.sealed.json';
export const flowsFile = 'flows.json';
export const credentialsFile = 'flows_cred.json';

/** Variables that would let a configuration, which no release key signed, choose the code that runs. */
const reservedVariable =
  /^(NODE_|LD_|DYLD_|SLUICE_|NPM_CONFIG_|npm_config_|NRED_|NODE_RED_)|^(PATH|HOME|SHELL|IFS|ENV|BASH_ENV|PYTHONPATH|PERL5LIB)$/;

/** The name under which a release with a configuration is installed. */
export function installationName(releaseDigest: string, configurationDigest: string | null): string {
  return `${releaseDigest.slice(0, 24)}-${configurationDigest === null ? 'none' : configurationDigest.slice(0, 24)}`;
}

/**
 * What the runtime gets from outside: the variables that the signed manifest declares, and the credentials. Others are left out.
 * @throws AgentError VARIABLE_MISSING
 */
export function inputsOf(variables: ReleaseManifest['variables'], configuration: DeviceConfiguration | null): InstallationInputs {
  const environment: Record<string, string> = {};
  const missing: string[] = [];
  for (const { name, required, default: fallback } of variables) {
    if (reservedVariable.test(name)) continue;
    const value = configuration?.variables[name] ?? fallback;
    if (value !== undefined) environment[name] = value;
    else if (required) missing.push(name);
  }
  if (missing.length > 0)
    throw new AgentError('VARIABLE_MISSING', `The release needs ${missing.join(', ')}, which this device has no value for.`);
  return { environment, credentials: configuration?.credentials ?? {} };
}

/** A digest of the inputs that does not depend on the order of their members. */
export function inputsDigestOf(inputs: InstallationInputs): string {
  const sorted = (value: Record<string, unknown>): [string, unknown][] => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sorted(inputs.environment), sorted(inputs.credentials)]))
    .digest('hex');
}

/** True when the running installation can become the other one without a restart: only the flows differ. */
export function canApplyHot(running: Installation, next: Installation): boolean {
  return (
    running.lockDigest === next.lockDigest &&
    running.settingsDigest === next.settingsDigest &&
    running.runtimeVersion === next.runtimeVersion &&
    running.inputsDigest === next.inputsDigest
  );
}

/** True when nothing that runs would change: the same release with the same inputs, only differently configured in what it does not use. */
export function isSameInEffect(running: Installation, next: Installation): boolean {
  return running.releaseDigest === next.releaseDigest && canApplyHot(running, next);
}

export type InstallationStore = ReturnType<typeof createInstallationStore>;

/** Reads and writes installations, and the links that say which one runs. */
export function createInstallationStore(deps: { fileSystem: FileSystem; layout: Layout; deviceId: () => string; sealingKey: string }) {
  const { fileSystem, layout } = deps;

  const linked = async (link: string): Promise<string | null> => {
    const target = await fileSystem.readLink(link);
    return target === undefined ? null : basename(target);
  };
  const read = async (name: string): Promise<Installation | undefined> => {
    const folder = layout.installation(name);
    if ((await fileSystem.stat(join(folder, completeMark))) === undefined) return undefined;
    const bytes = await fileSystem.read(join(folder, installationFile));
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Installation);
  };

  return {
    current: () => linked(layout.current),
    previous: () => linked(layout.previous),
    read,
    /** Reads an installation that has to be there. */
    require: async (name: string): Promise<Installation> => {
      const installation = await read(name);
      if (installation === undefined) throw new AgentError('INTERNAL', `The installation ${name} is not complete.`);
      return installation;
    },
    /** Opens what the runtime needs from outside. @throws AgentError CONFIGURATION_UNREADABLE, VARIABLE_MISSING */
    inputs: async (installation: Installation): Promise<InstallationInputs> => {
      const digest = installation.configurationDigest;
      if (digest === null) return inputsOf(installation.variables, null);
      const bytes = await fileSystem.read(join(layout.installation(installation.name), configurationFile));
      if (bytes === undefined) throw new AgentError('CONFIGURATION_UNREADABLE', 'The sealed configuration is gone.');
      const box: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
      const opened = open(deps.sealingKey, box, configurationContext({ deviceId: deps.deviceId(), digest }));
      return inputsOf(installation.variables, verifyConfiguration(opened, { digest, deviceId: deps.deviceId() }));
    },
    /** Writes an installation whole; an unfinished one of the same name is replaced. */
    write: async (installation: Installation, content: { sealedConfiguration: unknown; credentialsFile: string }): Promise<void> => {
      const folder = layout.installation(installation.name);
      // The mark goes first: a removal that the power interrupts must not leave a part that says it is whole.
      if (await fileSystem.stat(folder)) await removeDurably(fileSystem, join(folder, completeMark));
      await fileSystem.remove(folder);
      await fileSystem.makeFolder(folder, 0o700);
      const put = (name: string, text: string): Promise<void> => writeDurably(fileSystem, join(folder, name), text);
      await put(installationFile, JSON.stringify(installation));
      if (content.sealedConfiguration !== null) await put(configurationFile, JSON.stringify(content.sealedConfiguration));
      await put(credentialsFile, content.credentialsFile);
      await fileSystem.makeLink(join('..', '..', 'releases', installation.releaseDigest, 'files', flowsFile), join(folder, flowsFile));
      await fileSystem.syncFolder(folder);
      await put(completeMark, '');
      await fileSystem.syncFolder(layout.installations);
    },
  };
}
