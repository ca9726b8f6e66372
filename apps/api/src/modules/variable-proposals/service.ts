import { sealedCredentialsIdentity } from '@sluice/capture';
import type { CreateSnapshotRequest, ExtractedVariables, ExtractVariablesRequest } from '@sluice/contracts';
import {
  type ChangeContext,
  getSnapshotSide,
  getSnapshotSource,
  type Keyring,
  listStagesWithoutVariable,
  type SnapshotSource,
  type Store,
} from '@sluice/store';
import type { FlowAnalyst, JsonBytes } from '../../flow-analysis/flow-analyst.ts';
import type { ExtractedFlows } from '../../flow-analysis/variable-values.ts';
import type { Snapshots } from '../snapshots/service.ts';

export type VariableProposalsDependencies = { store: Store; keyring: Keyring; analyst: FlowAnalyst; snapshots: Pick<Snapshots, 'create'> };

export type Extraction = { organizationId: string; snapshotId: string; key: string | undefined; request: ExtractVariablesRequest };

export type VariablesFromValues = {
  /** `VariableProposals`. @throws StoreError NOT_FOUND; ApiError UNAVAILABLE */
  propose(organizationId: string, snapshotId: string): Promise<JsonBytes>;
  /**
   * Makes a snapshot in which variables stand for the values that were accepted; the one before stays as it is.
   * @throws StoreError NOT_FOUND; ApiError VALIDATION_FAILED, IDEMPOTENCY_KEY_REUSED, UNAVAILABLE; SnapshotError
   */
  extract(extraction: Extraction, context: ChangeContext): Promise<ExtractedVariables>;
};

/** Makes the module of variables from values. */
export function createVariablesFromValues({ store, keyring, analyst, snapshots }: VariableProposalsDependencies): VariablesFromValues {
  const credentialsOf = async ({ id, sealedCredentials: sealed }: SnapshotSource): Promise<Pick<CreateSnapshotRequest, 'credentials'>> =>
    sealed === null
      ? {}
      : { credentials: (await keyring.open(store, { sealed, identity: sealedCredentialsIdentity(id) })).toString('utf8') };

  const requestFor = async (source: SnapshotSource, extracted: ExtractedFlows, message: string): Promise<CreateSnapshotRequest> => ({
    flows: extracted.flows,
    package: source.packageJson,
    ...(source.lock === null ? {} : { lock: source.lock.toString('utf8') }),
    ...(await credentialsOf(source)),
    settings: source.settings,
    variables: [...source.variables, ...extracted.variables.map(({ declaration }) => declaration)],
    runtimeVersion: source.runtimeVersion,
    parent: source.number,
    message,
  });

  return {
    propose: async (organizationId, snapshotId) => {
      await getSnapshotSide(store, organizationId, snapshotId);
      return analyst.ask(organizationId, { kind: 'proposals', snapshotId });
    },
    extract: async ({ organizationId, snapshotId, key, request }, context) => {
      const source = await getSnapshotSource(store, organizationId, snapshotId);
      const { applicationId } = source;
      const accepted = request.accepted.map(({ proposal, name }) => ({ proposal, name: name ?? proposal }));
      const answer = await analyst.ask(organizationId, { kind: 'extraction', snapshotId, accepted });
      // The analyst's own answer.
      const extracted = JSON.parse(Buffer.from(answer).toString('utf8')) as ExtractedFlows;
      const names = extracted.variables.map(({ declaration }) => declaration.name);
      const message = request.message ?? `Variables from values of v${source.number}: ${names.join(', ')}`.slice(0, 4000);
      const snapshot = await snapshots.create(
        { organizationId, applicationId, key, request: await requestFor(source, extracted, message) },
        context,
      );
      const missing = await listStagesWithoutVariable(store, organizationId, { applicationId, names });
      return {
        snapshot,
        variables: extracted.variables.map(({ declaration: { name, secret, default: value = null }, places }) => ({
          ...{ name, secret, default: value, places },
          missingInStages: missing.flatMap((each) => (each.name === name ? [{ id: each.stageId, name: each.stageName }] : [])),
        })),
      };
    },
  };
}
