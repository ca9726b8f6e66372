import { delimiter, dirname, join } from 'node:path';
import { AgentError } from '../errors.ts';
import type { FileSystem } from '../ports/index.ts';

export type FindNpmOptions = {
  /** `SLUICE_NPM`: an executable, or npm's own `npm-cli.js`. */
  configured: string | undefined;
  nodeExecutable: string;
  /** `PATH`. */
  searchPath: string;
};

/**
 * Finds npm: the configured one, else the one installed beside Node, else the first on the path.
 * A JavaScript file is run with the agent's own Node, so that npm and the runtime agree on the version.
 * @throws AgentError NPM_NOT_FOUND
 */
export async function findNpm(fileSystem: FileSystem, options: FindNpmOptions): Promise<{ executable: string; args: readonly string[] }> {
  if (options.configured !== undefined) {
    const isScript = /\.[cm]?js$/.test(options.configured);
    return isScript ? { executable: options.nodeExecutable, args: [options.configured] } : { executable: options.configured, args: [] };
  }
  const binFolder = dirname(options.nodeExecutable);
  const script = join(binFolder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  if ((await fileSystem.stat(script)) !== undefined) return { executable: options.nodeExecutable, args: [script] };
  for (const folder of [binFolder, ...options.searchPath.split(delimiter)]) {
    const candidate = join(folder, 'npm');
    if (folder !== '' && (await fileSystem.stat(candidate)) !== undefined) return { executable: candidate, args: [] };
  }
  throw new AgentError('NPM_NOT_FOUND', 'npm is neither beside Node nor on the path; set SLUICE_NPM.');
}
