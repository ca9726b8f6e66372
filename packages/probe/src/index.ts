export { buildProbe } from './build.ts';
