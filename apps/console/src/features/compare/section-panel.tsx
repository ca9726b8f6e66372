import type { ChangeClass, DiffSection } from '@sluice/contracts';
import { formatCountOf } from '../../format/count.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { Panel } from '../../ui/page.tsx';
import { NodeChangeRow } from './node-change.tsx';
import type { NodeNames } from './node-names.ts';
import { type FlowSides, SectionDrawing } from './section-drawing.tsx';

const kindWords: Readonly<Record<DiffSection['kind'], string>> = {
  tab: 'Tab',
  subflow: 'Subflow',
  global: 'Configuration',
  absent: 'Tab that is not in the flows',
};

/** What a section is called: `Tab “Filling”`. */
export function sectionTitle({ kind, label, id }: Pick<DiffSection, 'kind' | 'label' | 'id'>): string {
  if (kind === 'global') return 'Configuration for all tabs';
  return `${kindWords[kind]} “${label ?? id ?? ''}”`;
}

function counts({ added, removed, changed }: DiffSection['counts']): string {
  const parts = [
    ...(added > 0 ? [`${added} added`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
    ...(changed > 0 ? [`${changed} changed`] : []),
  ];
  return parts.length === 0 ? 'Only looks' : parts.join(', ');
}

/** What changed on one tab: node by node, what only looks different folded away. `only`: the class that is asked for. */
export function SectionPanel({
  section,
  names,
  sides,
  restarting,
  only,
  initiallyOpen,
}: {
  section: DiffSection;
  names: NodeNames;
  sides: FlowSides;
  restarting: ReadonlySet<string>;
  only: ChangeClass | undefined;
  initiallyOpen: boolean;
}) {
  const nodes = section.nodes.filter((node) => only === undefined || node.class === only);
  const cosmetic = only === undefined || only === 'cosmetic' ? section.cosmetic : [];
  if (nodes.length + cosmetic.length === 0) return null;
  const whole = section.change === 'added' ? 'New. ' : section.change === 'removed' ? 'Gone. ' : '';
  return (
    <Panel
      title={sectionTitle(section)}
      flush
      aside={
        <span className="sl-small sl-dim">
          {whole}
          {counts(section.counts)}
        </span>
      }
    >
      {section.id === null || nodes.length === 0 ? null : (
        <Disclosure summary={<span className="sl-dim">Drawing</span>} initiallyOpen={initiallyOpen} flush>
          {() => <SectionDrawing section={section} sides={sides} label={`Drawing of ${sectionTitle(section)}`} />}
        </Disclosure>
      )}
      <LongList items={nodes} noun="nodes" keyOf={({ id, before, after }) => `${id} ${before} ${after}`}>
        {(node) => <NodeChangeRow change={node} names={names} restarts={restarting.has(node.id)} initiallyOpen={initiallyOpen} />}
      </LongList>
      {cosmetic.length === 0 ? null : (
        <Disclosure
          summary={
            <span className="sl-dim">
              {cosmetic.length === 1
                ? '1 node that only looks different'
                : `${formatCountOf(cosmetic.length, 'node')} that only look different`}
            </span>
          }
          initiallyOpen={only === 'cosmetic'}
        >
          {() => (
            <div style={{ margin: '0 -18px' }}>
              <LongList items={cosmetic} noun="nodes" keyOf={({ id, before, after }) => `${id} ${before} ${after}`}>
                {(node) => <NodeChangeRow change={node} names={names} restarts={false} initiallyOpen={false} />}
              </LongList>
            </div>
          )}
        </Disclosure>
      )}
    </Panel>
  );
}
