import type { FlowNode } from '../flows/flow-node.ts';
import type { Endpoint } from '../integrations/endpoint.ts';
import { secretsIn } from '../variables/secrets.ts';
import type { NodeDiff } from './node-diff.ts';
import type { EndpointChange } from './outside.ts';

/** What a change makes less safe. */
export type RiskCode = 'tls_off' | 'certificate_check_off' | 'inbound_without_authentication' | 'exec_added' | 'secret_in_plain_text';

/** Something that a reviewer has to look at, with the nodes behind it. */
export type Risk = { code: RiskCode; nodeIds: string[]; address: string | null; pointer: string | null };

/** What is less safe after the change than before; what was so already is not a matter of the change. */
export function risksOf(endpoints: readonly EndpointChange[], diffs: readonly NodeDiff[], after: readonly FlowNode[]): Risk[] {
  return [...endpoints.flatMap(risksOfEndpoint), ...newSecrets(diffs, after)];
}

function risksOfEndpoint(change: EndpointChange): Risk[] {
  if (change.change === 'removed') return [];
  const before = change.change === 'changed' ? change.before : null;
  const { after } = change;
  if (!isInUse(after)) return [];
  const found: RiskCode[] = [];
  const was = before !== null && isInUse(before) ? before.security : null;
  if (was?.tls === 'yes' && after.security?.tls === 'no') found.push('tls_off');
  if (was?.certificateCheck !== 'no' && after.security?.certificateCheck === 'no') found.push('certificate_check_off');
  const isNew = before === null || !isInUse(before) || change.change === 'added' || change.aspects.includes('address');
  const isOpen = after.listens && after.security !== null && after.security.authentication !== 'yes';
  if (isOpen && (isNew || was?.authentication === 'yes')) found.push('inbound_without_authentication');
  if (after.kind === 'exec' && isNew) found.push('exec_added');
  const nodeIds = [...new Set(after.nodes.map(({ id }) => id))];
  return found.map((code) => ({ code, nodeIds, address: after.address, pointer: null }));
}

function isInUse({ state }: Endpoint): boolean {
  return state !== 'disabled' && state !== 'unused';
}

/** Secrets in nodes that are new, or in properties that changed. */
function newSecrets(diffs: readonly NodeDiff[], after: readonly FlowNode[]): Risk[] {
  const touched = new Map(diffs.flatMap((diff) => (diff.after === null ? [] : [[diff.after, diff] as const])));
  const indexes = [...touched.keys()].sort((left, right) => left - right);
  const nodes = indexes.flatMap((index) => after[index] ?? []);
  return secretsIn(nodes).flatMap(({ nodeId, index, pointer }): Risk[] => {
    const diff = touched.get(indexes[index] ?? -1);
    const isNew = diff?.change === 'added' || (diff?.change === 'changed' && diff.changes.some((change) => isAt(change.pointer, pointer)));
    return isNew ? [{ code: 'secret_in_plain_text', nodeIds: [nodeId], address: null, pointer }] : [];
  });
}

/** Whether a change at one place touches another: it is the same, or one holds the other. */
function isAt(changed: string, pointer: string): boolean {
  return changed === pointer || pointer.startsWith(`${changed}/`) || changed.startsWith(`${pointer}/`);
}
