import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles the probe into a folder that Node-RED accepts as a module through its `nodesDir` setting: one CommonJS file that runs on
 * Node 20 and later, and the package.json that names it.
 */
export async function buildProbe(folder: string): Promise<void> {
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [new URL('./plugin.ts', import.meta.url).pathname],
    outfile: join(folder, 'plugin.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // Node-RED calls what the module exports.
    footer: { js: 'module.exports = module.exports.activate;' },
    logLevel: 'warning',
  });
  const manifest = {
    name: '@sluice/node-red-probe',
    version,
    license: 'Apache-2.0',
    keywords: ['node-red'],
    'node-red': { version: '>=4.1.0', plugins: { probe: 'plugin.js' } },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
