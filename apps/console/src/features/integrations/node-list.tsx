import '../../ui/foreign.css';
import type { EndpointNode } from '@sluice/contracts';
import { LongList } from '../../ui/long-list.tsx';
import { directionWords, nodeWords, stateWords } from './endpoint-words.ts';

/** The nodes behind an endpoint: where they stand and what they do there. */
export function NodeList({ nodes, more = 0 }: { nodes: readonly EndpointNode[]; more?: number }) {
  return (
    <ul className="sl-small" style={{ display: 'grid', gap: 4, listStyle: 'none', margin: 0, overflowWrap: 'anywhere', padding: 0 }}>
      <LongList items={nodes} noun="nodes" inList keyOf={({ id, path }, index) => `${index} ${path.join(' ')} ${id}`}>
        {(node) => (
          <li>
            <span className="sl-node-type">{node.type}</span> <b>{nodeWords(node)}</b>{' '}
            <span className="sl-dim">
              {[
                ...(node.tabLabel === null ? [] : [`on ${[...node.path, node.tabLabel].join(' › ')}`]),
                directionWords[node.direction].toLowerCase(),
                ...(node.detail === null ? [] : [node.detail]),
                ...(stateWords[node.state] === null ? [] : [stateWords[node.state]?.toLowerCase()]),
              ].join(', ')}
            </span>
          </li>
        )}
      </LongList>
      {more > 0 ? <li className="sl-dim">and {more} more</li> : null}
    </ul>
  );
}
