import type { FlowEntry, NodeRedApi, NodeSet, Runtime } from '../node-red.ts';
import type { ModuleNote } from '../view.ts';
import { PluginFailure } from './failure.ts';
import { type InstalledFiles, lockInstallation } from './installed-lock.ts';
import { modulesUsed } from './modules-used.ts';

/** The files around Node-RED that say what is installed. */
export type Installation = {
  /** The version of a module in the user folder; undefined when it is not there. */
  versionOf(module: string): string | undefined;
  files(): Promise<InstalledFiles>;
};

export type DeployedDependencies = {
  RED: Pick<NodeRedApi, 'nodes' | 'version'>;
  runtime: Runtime;
  installation: Installation;
  /** Whether Node-RED could decrypt the credentials of the flows. */
  credentialsReadable(): boolean;
};

/** What runs in this Node-RED, as a snapshot takes it. `credentials` are in plain: they leave this process only sealed. */
export type Deployed = {
  flows: FlowEntry[];
  credentials: Record<string, Record<string, unknown>>;
  package: { dependencies: Record<string, string> };
  lock: Record<string, unknown> | undefined;
  runtimeVersion: string | undefined;
  notes: ModuleNote[];
};

/** Node-RED adds "-git" when a repository lies above it. */
function exactVersion(version: string): string | undefined {
  return /^\d+\.\d+\.\d+/.exec(version)?.[0];
}

function notesOf(missing: string[], withoutModule: string[]): ModuleNote[] {
  return [
    ...(missing.length === 0 ? [] : [{ code: 'TYPES_MISSING', types: missing } as const]),
    ...(withoutModule.length === 0 ? [] : [{ code: 'TYPES_WITHOUT_MODULE', types: withoutModule } as const]),
  ];
}

/**
 * Reads what is deployed: never what the editor holds and nobody has deployed.
 * @throws PluginFailure NO_FLOWS, CREDENTIALS_UNREADABLE
 */
export async function readDeployed({ RED, runtime, installation, credentialsReadable }: DeployedDependencies): Promise<Deployed> {
  const active = await runtime.flows.getFlows({}).catch(() => null);
  if (!Array.isArray(active?.flows)) throw new PluginFailure('NO_FLOWS');
  if (!credentialsReadable()) throw new PluginFailure('CREDENTIALS_UNREADABLE');
  const { flows } = active;
  const credentials = Object.fromEntries(
    flows.flatMap(({ id }) => {
      const fields = RED.nodes.getCredentials(id);
      return fields === undefined || Object.keys(fields).length === 0 ? [] : [[id, fields] as const];
    }),
  );
  const sets: NodeSet[] = await runtime.nodes.getNodeList({});
  const used = modulesUsed(flows, sets, installation.versionOf);
  const runtimeVersion = exactVersion(RED.version());
  const dependencies = runtimeVersion === undefined ? used.dependencies : { ...used.dependencies, 'node-red': runtimeVersion };
  const { lock, notes } = lockInstallation(dependencies, await installation.files());
  return {
    flows,
    credentials,
    package: { dependencies },
    lock,
    runtimeVersion,
    notes: [...notesOf(used.missing, used.withoutModule), ...notes],
  };
}
