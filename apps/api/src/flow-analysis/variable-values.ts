import type { PlainSecret, VariableDeclaration, VariableProposal, VariableProposals } from '@sluice/contracts';
import { extractVariables, type FlowNode, flowsBytes, isReservedName, namesIn, proposeVariables, secretsIn } from '@sluice/snapshot';
import { RefusalError } from './refusal-error.ts';

type Place = { nodeId: string; index: number; pointer: string };

/** Places with what people know their nodes by. */
function placeIn(flows: readonly FlowNode[]): (place: Place) => VariableProposal['places'][number] {
  const tabs = new Map(flows.filter(({ type }) => type === 'tab' || type === 'subflow').map((node) => [node.id, node]));
  const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  return ({ nodeId, index, pointer }) => {
    const node = flows[index];
    const tabId = textOf(node?.['z']);
    const tab = tabId === null ? undefined : tabs.get(tabId);
    return {
      ...{ nodeId, index, pointer },
      nodeType: node?.type ?? '',
      nodeName: textOf(node?.['name']),
      tabId,
      tabLabel: textOf(tab?.['label']) ?? textOf(tab?.['name']),
    };
  };
}

/** What could become a variable, without the values of secrets, and the secrets that cannot. */
export function proposalsFor(flows: readonly FlowNode[]): VariableProposals {
  const describe = placeIn(flows);
  const found = proposeVariables(flows);
  const proposed = new Set(found.flatMap(({ places }) => places.map(({ index, pointer }) => `${index} ${pointer}`)));
  const plainSecrets = secretsIn(flows).filter(({ index, pointer }) => !proposed.has(`${index} ${pointer}`));
  return {
    proposals: found.map((proposal) => ({
      ...proposal,
      value: proposal.secret ? null : proposal.value,
      places: proposal.places.map(describe),
    })),
    plainSecrets: plainSecrets.map((finding): PlainSecret => ({ ...describe(finding), reason: finding.reason })),
  };
}

/** Flows with variables in the places of values. `secret` ones have no default. */
export type ExtractedFlows = { flows: string; variables: { declaration: VariableDeclaration; places: number }[] };

function refuse(index: number, member: 'proposal' | 'name', detail: string): never {
  throw new RefusalError({ code: 'VALIDATION_FAILED', detail, pointer: `/accepted/${index}/${member}` });
}

/**
 * Takes the accepted proposals out of the flows.
 * @param declared names that the snapshot declares already
 * @throws RefusalError when there is no such proposal, or its variable cannot be called so
 */
export function extract(
  flows: readonly FlowNode[],
  accepted: readonly { proposal: string; name: string }[],
  declared: readonly string[],
): ExtractedFlows {
  const proposals = new Map(proposeVariables(flows).map((proposal) => [proposal.name, proposal]));
  const taken = new Set([...namesIn(flows), ...declared]);
  const seen = new Set<string>();
  const chosen = accepted.map(({ proposal: wanted, name }, index) => {
    const proposal = proposals.get(wanted);
    if (proposal === undefined) return refuse(index, 'proposal', `There is no proposal ${wanted}: read the proposals of this snapshot.`);
    if (seen.has(wanted)) return refuse(index, 'proposal', `${wanted} is accepted twice.`);
    seen.add(wanted);
    if (taken.has(name)) return refuse(index, 'name', `${name} is a variable of this snapshot already. Choose another name.`);
    if (isReservedName(name)) return refuse(index, 'name', `${name} is the name of a variable of the system. Choose another name.`);
    taken.add(name);
    return { ...proposal, name };
  });
  const { flows: changed, variables, declarations } = extractVariables(flows, chosen);
  const places = new Map(variables.map((variable) => [variable.name, variable.places.length]));
  return {
    flows: Buffer.from(flowsBytes(changed)).toString('utf8'),
    variables: declarations.map((declaration) => ({ declaration, places: places.get(declaration.name) ?? 0 })),
  };
}
