// The style test: what every file of this repository keeps to. Words are put together here, so that this file does not break its own rules.

export const SOURCE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;
export const README_LINES_MAX = 60;

export type TextRule = { pattern: RegExp; message: string; files: RegExp };

const ANY_TEXT = /\.(ts|tsx|mjs|js|css|html|sql|prisma|md|json|ya?ml|sh|tf|service)$|(^|\/)(run|Dockerfile)$/;
const TEST = /\.(test|spec)\.tsx?$/;

/** Texts that must not occur. */
export const TEXT_RULES: readonly TextRule[] = [
  { pattern: new RegExp(`\\b${'FIX'}${'ME'}\\b|\\b${'X'}XX\\b`), message: 'unfinished work does not belong on main', files: ANY_TEXT },
  { pattern: new RegExp(`\\b${'TO'}${'DO'}\\b(?!\\(#\\d+\\))`), message: 'a to-do names its issue: (#12)', files: ANY_TEXT },
  { pattern: /\b(it|test|describe|suite)(\.\w+)*\.only\b/, message: 'only some of the tests would run', files: TEST },
  { pattern: /\b(it|test|describe|suite)(\.\w+)*\.(skip|todo|fixme)\b/, message: 'a test that does not run proves nothing', files: TEST },
  {
    pattern: new RegExp(`(^|[\\s"'\`(=:])/${'wo'}rk/|/${'ro'}ot/[a-z.]|/${'ho'}me/[a-z]|/tmp/${'pl'}an`),
    message: 'path of one machine',
    files: ANY_TEXT,
  },
  { pattern: /@ts-(ignore|nocheck)\b/, message: 'the type checker is not silenced', files: /\.(ts|tsx|mjs)$/ },
  {
    pattern: /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)/,
    message: 'package from another host',
    files: /(^|\/)package-lock\.json$/,
  },
];

/** Time, randomness and environment are parameters … */
export const WATCHED_USES: readonly string[] = [
  'Date.now',
  'new Date()',
  'Math.random',
  'performance.now',
  'process.env',
  'setTimeout',
  'setInterval',
];

/** … except at the edges, where they come in. */
export const EDGES: readonly RegExp[] = [
  /^packages\/(platform|testkit)\/src\//,
  /^apps\/[^/]+\/src\/(main|config)\.tsx?$/,
  // Node-RED loads it: there is no main of our own before it.
  /^packages\/probe\/src\/plugin\.ts$/,
  /^(tools|bench|e2e)\//,
  /(^|\/)[^/]+\.config\.ts$/,
];

/** File-based routes have names of their own. */
export const FILE_NAME_EXEMPT = /^apps\/console\/src\/routes\//;
export const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|tsx|mjs|js)$/;
