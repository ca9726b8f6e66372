import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NodeRedApi, Runtime } from './node-red.ts';
import { createConnectionFile } from './server/connection-file.ts';
import { watchCredentials } from './server/credentials-watch.ts';
import { type Installation, readDeployed } from './server/deployed.ts';
import { registerRoutes } from './server/routes.ts';
import { createSidebar } from './server/sidebar.ts';

/** A plugin's own `RED` has no way to the flows and to the list of modules; the runtime that runs has. */
function runningRuntime(): Runtime {
  const main = require.main?.filename;
  // Where Node-RED is embedded into another program, the main module may not see it: then it is among what is loaded.
  const loaded = Object.keys(require.cache).find((path) => /[\\/]@node-red[\\/]runtime[\\/]lib[\\/]index\.js$/.test(path));
  if (loaded !== undefined) return require(loaded) as Runtime;
  return createRequire(main ?? __filename)('@node-red/runtime') as Runtime;
}

function installationIn(userFolder: string): Installation {
  const optional = (name: string): Promise<string | undefined> => readFile(join(userFolder, name), 'utf8').catch(() => undefined);
  return {
    versionOf: (module) => {
      try {
        const { version } = JSON.parse(readFileSync(join(userFolder, 'node_modules', module, 'package.json'), 'utf8')) as {
          version?: string;
        };
        return version;
      } catch {
        return undefined;
      }
    },
    files: async () => ({ packageJson: await optional('package.json'), lock: await optional('package-lock.json') }),
  };
}

/** The plugin's entry: Node-RED calls it once, before it loads any flows. */
export function activate(RED: NodeRedApi): void {
  const { userDir: userFolder } = RED.settings;
  if (userFolder === undefined) return;
  const credentialsReadable = watchCredentials(RED.events);
  const sidebar = createSidebar({
    fetch: (url, init) => fetch(url, init),
    file: createConnectionFile(userFolder),
    deployed: () => readDeployed({ RED, runtime: runningRuntime(), installation: installationIn(userFolder), credentialsReadable }),
  });
  registerRoutes(RED, sidebar, (text) => console.error(text));
  RED.plugins.registerPlugin('sluice-editor', { type: 'sluice-editor' });
}
