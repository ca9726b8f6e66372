import { fileURLToPath } from 'node:url';
import { buildEditorPlugin } from './build.ts';

// What `npm run build` and `npm run pack` start: the folder is what Node-RED installs.
const folder = fileURLToPath(new URL('../dist', import.meta.url));
await buildEditorPlugin(folder);
console.log(`built ${folder}`);
