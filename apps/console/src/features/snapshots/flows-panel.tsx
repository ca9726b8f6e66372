import './flows-panel.css';
import type { SnapshotContent } from '@sluice/contracts';
import { useMemo } from 'react';
import { formatCountOf } from '../../format/count.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { Value } from '../../ui/value.tsx';
import { drawingOf } from '../drawing/drawing.ts';
import { FlowDrawing } from '../drawing/flow-drawing.tsx';
import { unmarked } from '../drawing/overlay.ts';
import { flowOutline, type OutlineNode, type OutlineTab } from './flow-outline.ts';

const kindWords: Readonly<Record<OutlineTab['kind'], string>> = {
  tab: 'Tab',
  subflow: 'Subflow',
  global: 'Global',
  absent: 'Tab that is not in the flows',
};

function Properties({ node }: { node: OutlineNode }) {
  return (
    <dl className="sl-properties">
      <dt>id</dt>
      <dd className="sl-value">{node.id}</dd>
      {node.properties.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>
            <Value value={value} label={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Node({ node }: { node: OutlineNode }) {
  const summary = (
    <>
      <span className="sl-node-type">{node.type}</span>
      {node.name === null ? <span className="sl-dim">No name</span> : <span>{node.name}</span>}
      {node.disabled ? <span className="sl-small sl-dim">Disabled</span> : null}
    </>
  );
  return (
    <div className="sl-flow-node">
      <Disclosure summary={summary}>{() => <Properties node={node} />}</Disclosure>
    </div>
  );
}

function Tab({ tab, flows, initiallyOpen }: { tab: OutlineTab; flows: readonly unknown[]; initiallyOpen: boolean }) {
  const summary = (
    <>
      <b>{tab.label}</b>
      <span className="sl-small sl-dim">
        {kindWords[tab.kind]}, {formatCountOf(tab.nodes.length, 'node')}
        {tab.disabled ? ', disabled' : ''}
      </span>
    </>
  );
  return (
    <Disclosure summary={summary} initiallyOpen={initiallyOpen} flush>
      {() => (
        <>
          <TabDrawing tab={tab} flows={flows} />
          {tab.info === '' ? null : (
            <p className="sl-small" style={{ margin: 0, overflowWrap: 'anywhere', padding: '2px 18px 10px 38px', whiteSpace: 'pre-wrap' }}>
              {tab.info}
            </p>
          )}
          <LongList items={tab.nodes} noun="nodes" keyOf={({ id }, index) => `${index} ${id}`}>
            {(node) => <Node node={node} />}
          </LongList>
        </>
      )}
    </Disclosure>
  );
}

function TabDrawing({ tab, flows }: { tab: OutlineTab; flows: readonly unknown[] }) {
  const drawing = useMemo(() => unmarked(drawingOf(flows, tab.id)), [flows, tab.id]);
  return tab.kind === 'global' ? null : <FlowDrawing drawing={drawing} label={`Drawing of ${tab.label}`} />;
}

/** The flows drawn and in words: tabs, subflows and configuration with their nodes, and each node's properties. */
export function FlowsPanel({ snapshot }: { snapshot: SnapshotContent }) {
  const tabs = useMemo(() => flowOutline(snapshot.flows), [snapshot.flows]);
  return (
    <Panel
      title="Flows"
      flush
      aside={
        <span className="sl-small sl-dim">
          {formatCountOf(snapshot.flowCount, 'tab')}, {formatCountOf(snapshot.nodeCount, 'node')}
        </span>
      }
    >
      {tabs.length === 0 ? <EmptyNotice title="The flows are empty" /> : null}
      {tabs.map((tab) => (
        <Tab key={`${tab.kind} ${tab.id}`} tab={tab} flows={snapshot.flows} initiallyOpen={tabs.length === 1} />
      ))}
    </Panel>
  );
}
