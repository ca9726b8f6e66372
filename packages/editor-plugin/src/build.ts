import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The editor's half: Node-RED sends this file to browsers as it is. */
async function editorPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [place('./editor/main.ts')],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2021',
    charset: 'utf8',
    logLevel: 'warning',
  });
  const style = await readFile(place('./editor/sidebar.css'), 'utf8');
  return `<style>\n${style}</style>\n<script type="text/javascript">\n${outputFiles[0]?.text ?? ''}</script>\n`;
}

/**
 * Builds the plugin into a folder that Node-RED installs as a module: one CommonJS file for the server (Node 18 and later), one page for the
 * editor, and the package.json that names them. It depends on no other module.
 */
export async function buildEditorPlugin(folder: string): Promise<void> {
  const { version, license, description } = JSON.parse(await readFile(place('../package.json'), 'utf8')) as Record<string, string>;
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [place('./plugin.ts')],
    outfile: join(folder, 'plugin.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    charset: 'utf8',
    // Node-RED calls what the module exports.
    footer: { js: 'module.exports = module.exports.activate;' },
    logLevel: 'warning',
  });
  await writeFile(join(folder, 'plugin.html'), await editorPage());
  const manifest = {
    name: '@sluice/editor-plugin',
    version,
    description,
    license,
    keywords: ['node-red', 'sluice', 'snapshot', 'deployment'],
    engines: { node: '>=18.5' },
    'node-red': { version: '>=4.1.0', plugins: { 'sluice-editor': 'plugin.js' } },
    files: ['plugin.js', 'plugin.html'],
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(place('../README.md'), join(folder, 'README.md'));
  await copyFile(place('../../../LICENSE'), join(folder, 'LICENSE'));
}
