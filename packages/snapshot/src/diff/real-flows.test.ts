import { describe, expect, it } from 'vitest';
import type { FlowNode } from '../flows/flow-node.ts';
import { parseFlows } from '../flows/parse-flows.ts';
import { integrationsOf } from '../integrations/integration-map.ts';
import { endpointsOf } from '../integrations/queries.ts';
import { readRealFlows, realFlowFiles } from '../testing/real-flows.ts';
import { extractVariables, restoreVariables } from '../variables/extraction.ts';
import { proposeVariables } from '../variables/proposals.ts';
import { applyDiff } from './apply-diff.ts';
import { diffSnapshots } from './diff-snapshots.ts';

/** Types and the property that always names something outside when it is filled. */
const outside: Readonly<Record<string, string>> = {
  'http in': 'url',
  exec: 'command',
  file: 'filename',
  'file in': 'filename',
  'tcp in': 'port',
  'udp in': 'port',
};

describe.skipIf(realFlowFiles.length === 0)('flow files from the field', () => {
  it.each(realFlowFiles)('when %s is compared with itself or moved, nothing differs but the looks', (name) => {
    const { flows } = parseFlows(readRealFlows(name));
    expect(diffSnapshots({ flows }, { flows: structuredClone(flows) })).toMatchObject({
      class: null,
      sections: [],
      endpoints: [],
      risks: [],
    });
    const moved = flows.map((node): FlowNode => ('x' in node && 'y' in node ? { ...node, x: 0, y: 0 } : node));
    expect(diffSnapshots({ flows }, { flows: moved })).toMatchObject({ endpoints: [], restart: { restarted: [] } });
    expect(['cosmetic', null]).toContain(diffSnapshots({ flows }, { flows: moved }).class);
  });

  it.each(realFlowFiles)('when %s becomes another file, the difference leads there byte by byte', (name) => {
    const other = realFlowFiles[(realFlowFiles.indexOf(name) + 1) % realFlowFiles.length] ?? name;
    const [from, to] = [{ flows: parseFlows(readRealFlows(name)).flows }, { flows: parseFlows(readRealFlows(other)).flows }];
    expect(JSON.stringify(applyDiff(from, diffSnapshots(from, to)))).toBe(JSON.stringify(to));
  });

  it.each(realFlowFiles)('when values of %s become variables and come back, the bytes are the same', (name) => {
    const { flows } = parseFlows(readRealFlows(name));
    const { flows: rewritten, variables } = extractVariables(flows, proposeVariables(flows));
    expect(JSON.stringify(restoreVariables(rewritten, variables))).toBe(JSON.stringify(flows));
  });

  it.each(realFlowFiles)('when the map of %s is made, every node that leads outside by its type stands in it', (name) => {
    const { flows } = parseFlows(readRealFlows(name));
    const ids = new Set(endpointsOf(integrationsOf(flows), { idle: true }).flatMap(({ nodes }) => nodes.map(({ id }) => id)));
    const expected = flows.filter((node) => Object.hasOwn(outside, node.type) && node[outside[node.type] ?? ''] !== '');
    expect(expected.filter(({ id }) => !ids.has(id))).toEqual([]);
  });
});
