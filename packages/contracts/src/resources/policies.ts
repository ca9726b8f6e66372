import { type Static, Type } from 'typebox';
import { Closed, Digest, Text, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** The rules that snapshots are checked against, in the order of findings. What each finds: `GET …/policy-rules`, docs/policies.md. */
export const policyRuleNames = [
  'secret_in_plain_text',
  'exec',
  'certificate_check_off',
  'insecure_http_parser',
  'mqtt_without_tls',
  'opcua_without_security',
  'database_without_tls',
  'http_in_without_authentication',
  'group_missing',
  'subflow_missing',
  'module_missing',
  'function_module_missing',
  'module_unpinned',
  'module_not_allowed',
  'module_from_elsewhere',
  'module_vulnerable',
  'runtime_too_old',
  'licence_denied',
  'variable_missing',
  'no_catch',
  'flow_too_large',
  'function_too_long',
  'lint',
] as const;
export type PolicyRuleName = (typeof policyRuleNames)[number];

/** `off`: not looked at. `warn`: shown. `block`: nothing is published or promoted until it is fixed or waived. */
export const ruleSeverities = ['off', 'warn', 'block'] as const;
export type RuleSeverity = (typeof ruleSeverities)[number];

/** A rule with what it is set to where nobody says otherwise. */
export const PolicyRuleView = Closed({
  rule: OneOf(policyRuleNames),
  title: Type.String(),
  why: Type.String(),
  defaultSeverity: OneOf(ruleSeverities),
});
export type PolicyRuleView = Static<typeof PolicyRuleView>;
export const PolicyRuleCatalogue = Closed({
  version: Type.Integer({ minimum: 1, description: 'Grows when a rule finds something else than before.' }),
  items: Type.Array(PolicyRuleView),
});
export type PolicyRuleCatalogue = Static<typeof PolicyRuleCatalogue>;

/** Names of modules (`@acme/*`) or SPDX ids (`AGPL-*`); `*` stands for anything. */
const Pattern = Type.String({ minLength: 1, maxLength: 214, pattern: '^[^\\s\\u0000-\\u001f]+$' });
/** Null: no list, although a layer above has one. */
const listOrNone = (item: typeof Pattern, maxItems: number) => Type.Union([Type.Array(item, { maxItems, uniqueItems: true }), Type.Null()]);

/**
 * What one layer says; what is left out is as the layer above says. Severities and limits are told apart one by one, a list replaces
 * that of the layer above as a whole.
 */
export const PolicySettings = Closed({
  rules: Type.Optional(
    Closed(Object.fromEntries(policyRuleNames.map((rule) => [rule, Type.Optional(OneOf(ruleSeverities))])), {
      description: 'Severities that differ from those above.',
    }),
  ),
  allowedModules: Type.Optional(listOrNone(Pattern, 2000)),
  registries: Type.Optional(listOrNone(Type.String({ minLength: 1, maxLength: 500, pattern: '^https?://[^\\s?#@]+$' }), 100)),
  deniedLicences: Type.Optional(listOrNone(Pattern, 500)),
  exactVersions: Type.Optional(Type.Boolean({ description: 'A range in package.json is a finding although the lock pins it.' })),
  routesAreProtected: Type.Optional(
    Type.Boolean({ description: 'Something in front of Node-RED asks who is there before its routes are reached.' }),
  ),
  limits: Type.Optional(
    Closed({
      nodesPerTab: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      functionLines: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      functionCharacters: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
    }),
  ),
});
export type PolicySettings = Omit<Static<typeof PolicySettings>, 'rules'> & { rules?: Partial<Record<PolicyRuleName, RuleSeverity>> };

/** What holds after all layers: every rule has a severity; null: no list. */
export const EffectivePolicy = Closed({
  rules: Type.Unsafe<Record<PolicyRuleName, RuleSeverity>>(
    Closed(Object.fromEntries(policyRuleNames.map((rule) => [rule, OneOf(ruleSeverities)]))),
  ),
  allowedModules: Type.Union([Type.Array(Type.String()), Type.Null()]),
  registries: Type.Union([Type.Array(Type.String()), Type.Null()]),
  deniedLicences: Type.Union([Type.Array(Type.String()), Type.Null()]),
  exactVersions: Type.Boolean(),
  routesAreProtected: Type.Boolean(),
  limits: Closed({ nodesPerTab: Type.Integer(), functionLines: Type.Integer(), functionCharacters: Type.Integer() }),
});
export type EffectivePolicy = Static<typeof EffectivePolicy>;

/** Where policy settings stand; later in this list wins. */
export const policyScopes = ['organization', 'application', 'stage'] as const;
export type PolicyScope = (typeof policyScopes)[number];

const PolicyLayer = Closed({
  scope: OneOf(policyScopes),
  scopeId: Uuid,
  version: Type.Integer({ minimum: 0, description: '0: nothing was ever set here.' }),
});

/** `GET …/policy-settings` of an organization, an application or a stage: what this layer says, and what holds here. The ETag is the version. */
export const PolicySettingsView = Closed({
  ...PolicyLayer.properties,
  settings: PolicySettings,
  effective: EffectivePolicy,
  updatedBy: Type.Union([Type.String(), Type.Null()]),
  updatedAt: Type.Union([Timestamp, Type.Null()]),
});
export type PolicySettingsView = Omit<Static<typeof PolicySettingsView>, 'settings'> & { settings: PolicySettings };

/** `PUT …/policy-settings`: replaces what this layer says. Needs If-Match. */
export const SetPolicySettingsRequest = Closed({ settings: PolicySettings, reason: Type.Optional(Text) });
export type SetPolicySettingsRequest = { settings: PolicySettings; reason?: string };

/** The file of advisories in use. `digest`: SHA-256 of its bytes. */
export const AdvisoryFile = Closed({
  digest: Digest,
  count: Type.Integer({ minimum: 0, description: 'How many advisories it holds.' }),
  length: Type.Integer({ minimum: 0, description: 'Bytes.' }),
  source: Type.String({ description: 'Where it comes from, as the uploader says.' }),
  version: Type.Integer({ minimum: 1 }),
  updatedBy: Type.String(),
  updatedAt: Timestamp,
});
export type AdvisoryFile = Static<typeof AdvisoryFile>;
/** `GET …/advisory-file`; null: none was uploaded yet. */
export const CurrentAdvisoryFile = Closed({ current: Type.Union([AdvisoryFile, Type.Null()]) });
export type CurrentAdvisoryFile = Static<typeof CurrentAdvisoryFile>;
/** `PUT …/advisory-file`: replaces the file. `content`: its text (kept byte by byte) or its JSON. One bad entry refuses the whole. */
export const SetAdvisoryFileRequest = Closed({
  content: Type.Union([Type.String(), Type.Array(Type.Unknown())]),
  source: Type.Optional(Text),
});
export type SetAdvisoryFileRequest = Static<typeof SetAdvisoryFileRequest>;

/** Who decided to live with a finding, and why; as it stands beside the finding. */
export const FindingWaiver = Closed({
  id: Uuid,
  reason: Type.String(),
  by: Type.String(),
  at: Timestamp,
  expiresAt: Type.Union([Timestamp, Type.Null()]),
});
export type FindingWaiver = Static<typeof FindingWaiver>;

export const waiverStates = ['active', 'expired', 'revoked'] as const;
export type WaiverState = (typeof waiverStates)[number];

/** A decision to live with what a rule finds. Null members: it holds for every subject, application, snapshot, stage, and without end. */
export const PolicyWaiver = Closed({
  ...FindingWaiver.properties,
  rule: OneOf(policyRuleNames),
  subject: Type.Union([Type.String(), Type.Null()]),
  applicationId: Type.Union([Uuid, Type.Null()]),
  snapshotId: Type.Union([Uuid, Type.Null()]),
  stageId: Type.Union([Uuid, Type.Null()]),
  state: OneOf(waiverStates),
  revokedBy: Type.Union([Type.String(), Type.Null()]),
  revokedAt: Type.Union([Timestamp, Type.Null()]),
  revokedReason: Type.Union([Type.String(), Type.Null()]),
});
export type PolicyWaiver = Static<typeof PolicyWaiver>;

/** `POST …/waivers`. One for a stage does not count when a release is published, which happens before any stage. */
export const CreateWaiverRequest = Closed({
  rule: OneOf(policyRuleNames),
  subject: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'The `subject` of a finding, or its part before `#`. Left out: whatever the rule finds.',
    }),
  ),
  reason: Type.String({ minLength: 1, maxLength: 4000, description: 'Why it is acceptable; for whoever reads it in a year.' }),
  expiresAt: Type.Optional(Timestamp),
  applicationId: Type.Optional(Uuid),
  snapshotId: Type.Optional(Uuid),
  stageId: Type.Optional(Uuid),
});
export type CreateWaiverRequest = Static<typeof CreateWaiverRequest>;
/** `POST …/waivers/{id}/revoke`. */
export const RevokeWaiverRequest = Closed({ reason: Type.Optional(Text) });
export type RevokeWaiverRequest = Static<typeof RevokeWaiverRequest>;

/** What a rule found. It never repeats the content of a property. */
export const PolicyFinding = Closed({
  rule: OneOf(policyRuleNames),
  severity: OneOf(['warn', 'block'] as const),
  subject: Type.String({ description: 'What it is about, the same the next time; for waivers.' }),
  nodeId: Type.Optional(Type.String()),
  nodeType: Type.Optional(Type.String()),
  nodeName: Type.Optional(Type.String()),
  tab: Type.Optional(Type.String({ description: 'The tab or subflow by its name, or its id without one.' })),
  tabId: Type.Optional(Type.String()),
  module: Type.Optional(Type.String()),
  message: Type.String({ description: 'What was found.' }),
  why: Type.String({ description: 'Why it matters.' }),
  fix: Type.String({ description: 'What to do.' }),
  waiver: Type.Optional(FindingWaiver),
});
export type PolicyFinding = Static<typeof PolicyFinding>;

/** What could not be judged. */
export const policyNoticeCodes = [
  'NO_LOCK',
  'NO_MODULE_METADATA',
  'NO_ADVISORIES',
  'NO_STAGE',
  'LINT_OFF',
  'LINT_TIMED_OUT',
  'LINT_FAILED',
  'LINT_SKIPPED',
] as const;
export type PolicyNoticeCode = (typeof policyNoticeCodes)[number];

/**
 * What was found in a snapshot. Kept with a release as it was when it was published; then its bytes are what `digest` in the ledger is of.
 * `policy`: the settings that were applied, the layers they come from, and the digest of both with `rulesVersion`.
 */
export const PolicyReport = Closed({
  snapshotId: Uuid,
  snapshotDigest: Digest,
  stage: Type.Union([Closed({ id: Uuid, name: Type.String() }), Type.Null()]),
  checkedAt: Timestamp,
  isBlocked: Type.Boolean(),
  counts: Closed({ block: Type.Integer(), warn: Type.Integer(), waived: Type.Integer() }),
  findings: Type.Array(PolicyFinding),
  omitted: Type.Integer({ description: 'Findings beyond the first 500 of a rule, which are only counted.' }),
  notices: Type.Array(Closed({ code: OneOf(policyNoticeCodes), message: Type.String() })),
  rulesVersion: Type.Integer(),
  policy: Closed({ digest: Digest, effective: EffectivePolicy, layers: Type.Array(PolicyLayer) }),
  advisories: Type.Union([Closed({ digest: Digest, count: Type.Integer(), updatedAt: Timestamp }), Type.Null()]),
});
export type PolicyReport = Static<typeof PolicyReport>;

/** `GET …/releases/{id}/findings`. Null: the release was published before there were checks. */
export const ReleaseFindings = Closed({
  releaseId: Uuid,
  digest: Type.Union([Digest, Type.Null()]),
  report: Type.Union([PolicyReport, Type.Null()]),
});
export type ReleaseFindings = Static<typeof ReleaseFindings>;
