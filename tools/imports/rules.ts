// Which workspace may import which: the table of docs/architecture.md. Imports only go down.

export type ImportRule = {
  /** Workspaces that its code may import. */
  code: readonly string[];
  /** Workspaces of which it may import types only (`import type`). */
  types?: readonly string[];
  /** Workspaces that its tests may import besides. */
  tests?: readonly string[];
  /** A pure workspace: the Node modules it may use, and randomness it may name; else it touches no disk, network, clock or randomness. */
  pure?: { builtins: readonly string[]; random?: readonly string[] };
  /** Subpaths of other workspaces that it must not load, with the reason. */
  forbidden?: Readonly<Record<string, string>>;
};

const PURE = ['contracts', 'rollout', 'promotion', 'selector', 'snapshot', 'trust', 'ledger'] as const;
const SERVER = [...PURE, 'platform', 'jobs', 'store', 'vcs', 'capture', 'bundle'] as const;
const EVERY_PACKAGE = [...SERVER, 'probe', 'editor-plugin', 'testkit'] as const;

/** Rules by the name after `@sluice/`. A workspace that is not listed may not exist. */
export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  contracts: { code: [], pure: { builtins: [] } },
  // A box that is sealed with guessable bytes is open: the safe source is the default there, and a parameter for tests.
  trust: { code: [], types: ['contracts'], pure: { builtins: ['crypto'], random: ['randomBytes'] } },
  ledger: { code: ['trust'], types: ['contracts'], pure: { builtins: ['crypto'] } },
  // Inflating is arithmetic, too: bytes in, bytes out.
  snapshot: { code: ['contracts', 'trust'], pure: { builtins: ['crypto', 'zlib'] } },
  rollout: { code: ['contracts'], pure: { builtins: ['crypto'] } },
  promotion: { code: ['contracts', 'rollout'], pure: { builtins: [] } },
  selector: { code: [], pure: { builtins: [] } },

  platform: { code: PURE },
  jobs: { code: [...PURE, 'platform'], tests: ['testkit', 'store'] },
  store: { code: [...PURE, 'platform'], tests: ['testkit'] },
  vcs: { code: ['contracts', 'snapshot', 'platform', 'store'], tests: ['testkit'] },
  capture: { code: ['contracts', 'snapshot', 'platform', 'store', 'vcs'], tests: ['testkit'] },
  // Streams only: bytes in, verified parts out.
  bundle: { code: ['contracts', 'platform', 'trust'] },
  probe: { code: [], types: ['contracts'], tests: ['platform', 'testkit'] },
  // Bundled into one file for somebody else's Node-RED: what it imports, it carries.
  'editor-plugin': { code: ['trust'], types: ['contracts'] },
  testkit: { code: SERVER },

  api: { code: SERVER, tests: ['testkit'] },
  worker: { code: SERVER, tests: ['testkit'] },
  agent: {
    code: ['trust', 'platform'],
    types: ['contracts'],
    tests: ['contracts', 'snapshot', 'testkit', 'probe'],
    forbidden: {
      '@sluice/platform': 'import a subpath: the whole package brings pino into the bundle',
      '@sluice/platform/logger': 'pino does not belong into the bundle: use @sluice/platform/log',
    },
  },
  cli: { code: ['contracts', 'snapshot', 'platform', 'bundle', 'trust'], tests: ['testkit'] },
  console: { code: ['contracts', 'ledger', 'snapshot'] },
  standalone: { code: SERVER, tests: ['testkit'] },
  demo: { code: EVERY_PACKAGE },

  e2e: { code: EVERY_PACKAGE },
  bench: { code: EVERY_PACKAGE },
  tools: { code: EVERY_PACKAGE },
};

/** Names of `node:crypto` that make up randomness of their own; keys are made from it by design and stay allowed. */
export const RANDOM_NAMES: readonly string[] = ['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync', 'webcrypto'];

/** Globals that a pure workspace must not use: its callers pass time and randomness in. */
export const IMPURE_USES: readonly string[] = [
  'Date.now',
  'new Date()',
  'Math.random',
  'performance.now',
  'process.env',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'crypto.randomUUID',
  'crypto.getRandomValues',
];
