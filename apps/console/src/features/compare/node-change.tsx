import type { NodeChange } from '@sluice/contracts';
import type { ReactNode } from 'react';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Status } from '../../ui/status.tsx';
import { Value } from '../../ui/value.tsx';
import { ChangeSign } from './change-sign.tsx';
import type { NodeNames } from './node-names.ts';
import { PlaceChanges } from './place-changes.tsx';
import { classWords, typeWords } from './words.ts';

type Changed = Extract<NodeChange, { change: 'changed' }>;

// A person reads these from the tab and the drawing; the rest is what the node is.
const placement: ReadonlySet<string> = new Set(['id', 'type', 'name', 'x', 'y', 'w', 'h', 'z', 'wires']);

/** All of a node that is new or gone. */
function WholeNode({ node }: { node: Record<string, unknown> }) {
  const properties = Object.entries(node).filter(([name, value]) => !placement.has(name) && value !== '');
  if (properties.length === 0) return <span className="sl-small sl-dim">It has no properties of its own.</span>;
  return (
    <dl className="sl-properties">
      {properties.map(([name, value]) => (
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

function Wires({ change, names }: { change: Changed; names: NodeNames }) {
  const wires = [
    ...change.disconnected.map((wire) => ({ ...wire, kind: 'removed' as const })),
    ...change.connected.map((wire) => ({ ...wire, kind: 'added' as const })),
  ];
  if (wires.length === 0) return null;
  return (
    <ul className="sl-compare-list sl-small" style={{ marginTop: 10 }}>
      {wires.map(({ kind, output, to }) => (
        <li key={`${kind} ${output} ${to}`}>
          <ChangeSign change={kind} /> {output === null ? 'Link to' : `Wire from output ${output + 1} to`} <b>{names(to).name}</b>
        </li>
      ))}
    </ul>
  );
}

/** Wires are shown with the names of their ends; their raw form would say the same again. */
function ofNode({ changes, connected, disconnected }: Changed): Changed['changes'] {
  const hasWires = connected.length + disconnected.length > 0;
  return changes.filter(({ pointer }) => !hasWires || !/^\/(wires|links)(\/|$)/.test(pointer));
}

/** How one node changed. `restarts`: it is stopped and started. */
export function NodeChangeRow({
  change,
  names,
  restarts,
  initiallyOpen,
}: {
  change: NodeChange;
  names: NodeNames;
  restarts: boolean;
  initiallyOpen: boolean;
}) {
  const { label, tone } = classWords[change.class];
  const summary: ReactNode = (
    <>
      <ChangeSign change={change.change} />
      <span className="sl-node-type">{typeWords(change.type, names)}</span>
      {change.name === null ? <span className="sl-dim">No name</span> : <b style={{ overflowWrap: 'anywhere' }}>{change.name}</b>}
      <Status tone={tone} label={label} />
      {restarts ? <span className="sl-small sl-dim">Restarts</span> : null}
    </>
  );
  return (
    <Disclosure summary={summary} initiallyOpen={initiallyOpen}>
      {() =>
        change.change === 'changed' ? (
          <>
            <PlaceChanges changes={change.class === 'cosmetic' ? change.cosmetic : ofNode(change)} names={names} />
            <Wires change={change} names={names} />
            {change.class === 'cosmetic' || change.cosmetic.length === 0 ? null : (
              <p className="sl-small sl-dim" style={{ margin: '10px 0 0' }}>
                Looks, too: {change.cosmetic.map(({ pointer }) => pointer.slice(1)).join(', ')}
              </p>
            )}
          </>
        ) : (
          <WholeNode node={change.node} />
        )
      }
    </Disclosure>
  );
}
