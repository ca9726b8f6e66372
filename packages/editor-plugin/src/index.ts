export { buildEditorPlugin } from './build.ts';
