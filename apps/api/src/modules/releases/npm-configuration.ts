import { homedir } from 'node:os';
import { join } from 'node:path';
import { inTemporaryFolder, type NpmCall } from './npm-call.ts';

/** What has to be known of npm's own configuration: where it keeps what it fetched, and which hosts are its registries. */
export type NpmConfiguration = { cacheFolder: string; registryHosts: ReadonlySet<string> };

/** Locks name the public registry's addresses; npm asks the configured registry instead (`replace-registry-host`). */
const publicRegistryHost = 'registry.npmjs.org';

function hostOf(address: unknown): string[] {
  return typeof address === 'string' && URL.canParse(address) ? [new URL(address).host] : [];
}

/** Reads the public part of npm's configuration; tokens and passwords stay with npm. */
export function readNpmConfiguration(npm: NpmCall): Promise<NpmConfiguration> {
  return inTemporaryFolder(async (folder) => {
    const printed: unknown = JSON.parse(await npm(folder, ['config', 'list']));
    const entries = typeof printed === 'object' && printed !== null ? Object.entries(printed) : [];
    const registries = entries.filter(([name]) => name === 'registry' || name.endsWith(':registry')).flatMap(([, value]) => hostOf(value));
    const cache: unknown = entries.find(([name]) => name === 'cache')?.[1];
    return {
      cacheFolder: typeof cache === 'string' ? cache : join(homedir(), '.npm'),
      registryHosts: new Set([...registries, publicRegistryHost]),
    };
  });
}
