import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The editor's half: Node-RED sends this file to browsers as it is. */
async function editorPage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./editor/main.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2021',
    charset: 'utf8',
    logLevel: 'warning',
  });
  const style = await readFile(fileURLToPath(new URL('./editor/sidebar.css', import.meta.url)), 'utf8');
  return `<style>\n${style}</style>\n<script type="text/javascript">\n${outputFiles[0]?.text ?? ''}</script>\n`;
}

/**
 * Builds the plugin into a folder that Node-RED installs as a module: one CommonJS file for the server (Node 18 and later), one page for the
 * editor, and the package.json that names them. It depends on no other module.
 */
export async function buildEditorPlugin(folder: string): Promise<void> {
  const { version, license, description } = JSON.parse(
    await readFile(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'),
  ) as Record<string, string>;
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL('./plugin.ts', import.meta.url))],
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
  await copyFile(fileURLToPath(new URL('../README.md', import.meta.url)), join(folder, 'README.md'));
  await copyFile(fileURLToPath(new URL('../../../LICENSE', import.meta.url)), join(folder, 'LICENSE'));
}
