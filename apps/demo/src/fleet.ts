import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type NodeChild, startNodeChild } from '@sluice/platform/process';
import type { DemoPorts } from './ports.ts';
import type { DemoOrganization } from './setup.ts';
import { type Site, sites } from './sites.ts';

/** The five agents. Each is a process of its own with a folder of its own, as on five hosts. */
export type Fleet = { stop(): Promise<void> };

export type FleetOptions = {
  /** The data folder of the demo. */
  folder: string;
  controlPlane: string;
  agentEntry: string;
  organization: DemoOrganization;
  ports: DemoPorts;
  environment: Record<string, string | undefined>;
  say: (sentence: string) => void;
};

function startAgent(site: Site, options: FleetOptions, directory: string): Promise<NodeChild> {
  return startNodeChild({
    name: `agent ${site.device}`,
    entry: options.agentEntry,
    args: ['run'],
    environment: {
      ...options.environment,
      SLUICE_URL: options.controlPlane,
      SLUICE_ENROLLMENT_CODE: options.organization.enrollmentCodes[site.stage],
      SLUICE_AGENT_DIR: directory,
      // One module tree for all five: it is addressed by the digest of the lock, so agents on one host can share it.
      SLUICE_MODULES_DIR: join(options.folder, 'modules'),
      SLUICE_NODE_RED_PORT: String(options.ports.nodeRed[site.device]),
      SLUICE_DEVICE_NAME: site.device,
      // On a real device Node-RED outlives its agent. The demo leaves nothing behind.
      SLUICE_RUNTIME_ON_EXIT: 'stop',
    },
    ready: 'none',
  });
}

/** Starts the agents; each enrolls with its stage's code when it has no identity yet. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const agents: NodeChild[] = [];
  let stopping = false;
  for (const site of sites) {
    const directory = join(options.folder, 'devices', site.device);
    await mkdir(directory, { recursive: true });
    const agent = await startAgent(site, options, directory);
    agents.push(agent);
    void agent.exited.then(
      ({ code, signal }) =>
        stopping || options.say(`The agent of ${site.device} ended unexpectedly (${signal ?? `code ${code}`}); see ${directory}.`),
    );
  }
  return {
    stop: async () => {
      stopping = true;
      await Promise.all(agents.map((agent) => agent.stop(20_000)));
    },
  };
}
