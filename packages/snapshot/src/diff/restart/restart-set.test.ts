import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { FlowNode } from '../../flows/flow-node.ts';
import { anyFlows, editedFlows } from '../../testing/generated-flows.ts';
import { startNodeRedEngine } from '../../testing/node-red-engine.ts';
import { configurationOf } from './configuration.ts';
import { deployDifference } from './deploy-difference.ts';
import { restartOf } from './restart-set.ts';

type RuntimeDifference = Record<'added' | 'changed' | 'removed' | 'rewired' | 'flowChanged', string[]> & { globalConfigChanged: boolean };
type FlowUtilities = {
  parseConfig(flows: FlowNode[]): unknown;
  diffConfigs(before: unknown, after: unknown): RuntimeDifference;
};

/** Node-RED's own functions, which decide on every deployment. */
const runtime: FlowUtilities = createRequire(import.meta.url)('@node-red/runtime/lib/flows/util.js');

function asked(before: FlowNode[], after: FlowNode[]): RuntimeDifference | null {
  const read = (flows: FlowNode[]): unknown => runtime.parseConfig(structuredClone(flows));
  try {
    return runtime.diffConfigs(read(before), read(after));
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return null;
  }
}

const sorted = (ids: Iterable<string>): string[] => [...new Set(ids)].sort();

function expectTheSame(before: FlowNode[], after: FlowNode[]): void {
  const theirs = asked(before, after);
  const ours = deployDifference(configurationOf(before), configurationOf(after));
  if (theirs === null || ours === null) {
    expect(ours).toBe(theirs);
    return;
  }
  for (const list of ['added', 'changed', 'removed', 'rewired', 'flowChanged'] as const) {
    expect(sorted(ours[list]), list).toEqual(sorted(theirs[list]));
  }
  expect(ours.globalConfigChanged).toBe(theirs.globalConfigChanged);
}

describe("deployDifference against Node-RED's own", () => {
  it('when flows were edited, it finds the same', () => {
    fc.assert(
      fc.property(editedFlows, ({ before, after }) => expectTheSame(before, after)),
      { numRuns: 1500 },
    );
  });

  it('when flows have nothing to do with each other, it finds the same', () => {
    fc.assert(fc.property(anyFlows, anyFlows, expectTheSame), { numRuns: 500 });
  });
});

/** Without what no runtime survives: subflows and groups that contain themselves, config nodes that wait for each other, missing types. */
function startable(flows: readonly FlowNode[]): FlowNode[] {
  const subflows = new Set(flows.filter(({ type }) => type === 'subflow').map(({ id }) => id));
  return (
    flows
      .filter(({ type, z }) => !type.startsWith('subflow:') || (subflows.has(type.slice('subflow:'.length)) && !subflows.has(String(z))))
      // Variables of absent groups break what looks them up, and that is printed, too.
      .map((node) => (Array.isArray(node['env']) && node.type !== 'tab' ? { ...node, env: node['env'].length === 0 ? [] : [named] } : node))
      .map((node) => {
        if (node.type === 'group') return without(node, 'g');
        const isConfig = !('x' in node && 'y' in node) && node.type !== 'tab' && node.type !== 'subflow';
        return isConfig ? only(node, 'id', 'type', 'z', 'd', 'env') : node;
      })
  );
}

const named = { name: 'A', value: '1', type: 'str' };

function only(node: FlowNode, ...names: string[]): FlowNode {
  return Object.fromEntries(Object.entries(node).filter(([name]) => names.includes(name))) as FlowNode;
}

function without(node: FlowNode, ...names: string[]): FlowNode {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !names.includes(name))) as FlowNode;
}

type Objects = ReadonlyMap<string, object | undefined>;

/** What became of the objects behind some nodes. */
function fate(ids: readonly string[], before: Objects, after: Objects): Record<'restarted' | 'started' | 'stopped', string[]> {
  const where = (is: (was: object | undefined, runs: object | undefined) => boolean): string[] =>
    ids.filter((id) => is(before.get(id), after.get(id)));
  return {
    restarted: where((was, runs) => was !== undefined && runs !== undefined && was !== runs),
    started: where((was, runs) => was === undefined && runs !== undefined),
    stopped: where((was, runs) => was !== undefined && runs === undefined),
  };
}

/** Ids of nodes that run once and as themselves: not as copies in subflows, nor in two flows, as config nodes of absent tabs do. */
function ownIds(before: readonly FlowNode[], after: readonly FlowNode[]): string[] {
  const runTwice = [before, after].flatMap((flows) => {
    const tabs = new Set(flows.filter(({ type }) => type === 'tab').map(({ id }) => id));
    const ids = flows.map(({ id }) => id);
    return flows
      .filter(
        (node, index) => ids.indexOf(node.id) !== index || (!('x' in node && 'y' in node) && node['z'] && !tabs.has(String(node['z']))),
      )
      .map(({ id }) => id);
  });
  const flows = [...before, ...after];
  const subflows = new Set(flows.filter(({ type }) => type === 'subflow').map(({ id }) => id));
  const own = flows.filter(({ id, type, z }) => type !== 'tab' && !subflows.has(String(z)) && !runTwice.includes(id));
  return sorted(own.map(({ id }) => id));
}

describe('restartOf against the running engine of Node-RED', () => {
  it('when flows were edited, exactly the nodes it says are other objects afterwards', async () => {
    const engine = await startNodeRedEngine();
    // The engine prints what breaks while a flow starts, and nothing else.
    const broken = vi.spyOn(console, 'log').mockImplementation(() => {});
    let partial = 0;
    const property = fc.asyncProperty(editedFlows, async (pair) => {
      const [before, after] = [startable(pair.before), startable(pair.after)];
      const expected = restartOf(before, after);
      // Also a full deployment compares with what runs, and may stumble: it starts from nothing.
      await engine.deploy([], 'full');
      await engine.deploy(before, 'full');
      const ids = ownIds(before, after);
      const objects = (): Objects => new Map(ids.map((id) => [id, engine.running(id)]));
      const old = objects();
      broken.mockClear();
      if (asked(before, after) === null) {
        expect(expected).toMatchObject({ scope: 'process', reasons: ['not_deployable'] });
        await expect((async () => engine.deploy(after, 'nodes'))()).rejects.toThrow(TypeError);
        return;
      }
      await engine.deploy(after, 'nodes');
      expect(expected.reasons.includes('not_deployable')).toBe(broken.mock.calls.length > 0);
      if (broken.mock.calls.length > 0) return;
      if (expected.scope === 'nodes') partial += 1;
      const own = (list: readonly string[]): string[] => sorted(list).filter((id) => ids.includes(id));
      const { restarted, started, stopped } = expected;
      expect(fate(ids, old, objects())).toEqual({ restarted: own(restarted), started: own(started), stopped: own(stopped) });
    });
    await fc.assert(property, { numRuns: 300 });
    expect(partial).toBeGreaterThan(30);
  });
});
