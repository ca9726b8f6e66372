import type { SnapshotParts } from '../diff/snapshot-parts.ts';
import { isObject, type JsonValue, readJson } from '../json.ts';
import type { Lock } from '../modules/lock.ts';
import type { Advisory } from './advisories.ts';
import { FlowFacts } from './flow-facts.ts';
import { LockTree } from './lock-tree.ts';

/** What is checked. Rules about parts that are left out find nothing. */
export type PolicySnapshot = Omit<SnapshotParts, 'locked'> & { lock?: Pick<Lock, 'bytes'> | null };

/** What is known about a module from its own package.json; fills in what a lock does not say. */
export type ModuleMetadata = {
  /** SPDX expression. */
  licence?: string;
  /** `engines.node`: a range. */
  nodeRange?: string;
  /** `node-red.version`: a range; Node-RED does not load the module outside of it. */
  nodeRedRange?: string;
  /** The types of nodes that it brings. */
  nodeTypes?: readonly string[];
};

/** What nrlint reports (its `lint()` gives these members). */
export type LintResult = { rule: string; message: string; location: readonly string[]; severity?: string };

export type PolicyLimits = { nodesPerTab: number; functionLines: number; functionCharacters: number };
export const defaultPolicyLimits: PolicyLimits = { nodesPerTab: 200, functionLines: 300, functionCharacters: 20_000 };

/** What rules are told besides the snapshot. */
export type RuleOptions = {
  limits?: Partial<PolicyLimits>;
  /** Names of modules that may be used, `*` stands for anything. Without a list every module may. */
  allowedModules?: readonly string[];
  /** Addresses of the registries that modules may come from. The public npm registry always is one, because npm puts the configured one in its place. */
  registries?: readonly string[];
  /** True: a range in package.json is a finding although the lock pins it. */
  exactVersions?: boolean;
  /** SPDX ids that may not be used, `*` stands for anything, `UNKNOWN` for modules that do not say. */
  deniedLicences?: readonly string[];
  /** By name of the module, or by `name@version`, which goes first. */
  modules?: Readonly<Record<string, ModuleMetadata>>;
  advisories?: readonly Advisory[];
  /** Where the flows are going to run: the variables that have a value there; null for one that is secret. */
  stage?: { name: string; variables: Readonly<Record<string, string | null>> };
  /** True: something in front of Node-RED asks who is there before its routes are reached. */
  routesAreProtected?: boolean;
  lint?: readonly LintResult[];
};

/** What a rule looks at. */
export type RuleInput = {
  snapshot: PolicySnapshot;
  options: RuleOptions;
  limits: PolicyLimits;
  flows: FlowFacts;
  /** The module tree; null without a lock. */
  tree: LockTree | null;
  metadataOf: (name: string, version: string | null) => ModuleMetadata;
};

export function ruleInput(snapshot: PolicySnapshot, options: RuleOptions): RuleInput {
  const known = options.modules ?? {};
  const metadata = (key: string): ModuleMetadata | undefined => (Object.hasOwn(known, key) ? known[key] : undefined);
  return {
    snapshot,
    options,
    limits: { ...defaultPolicyLimits, ...options.limits },
    flows: new FlowFacts(snapshot.flows, toldValues(options)),
    tree: snapshot.lock == null ? null : new LockTree(packagesOf(snapshot.lock.bytes)),
    metadataOf: (name, version) => metadata(`${name}@${version ?? ''}`) ?? metadata(name) ?? {},
  };
}

function toldValues({ stage }: RuleOptions): Record<string, string> {
  const entries = Object.entries(stage?.variables ?? {});
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

const lockDepthMax = 32;

/** The packages of a lock, by place; `parseLock` made these bytes, and keeps less than rules ask for. */
function packagesOf(bytes: Uint8Array): Record<string, JsonValue> {
  const outcome = readJson(bytes, lockDepthMax);
  const packages = 'value' in outcome && isObject(outcome.value) ? outcome.value['packages'] : undefined;
  return isObject(packages) ? packages : {};
}
