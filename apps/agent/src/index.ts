export { buildAgentBundle } from './build.ts';
