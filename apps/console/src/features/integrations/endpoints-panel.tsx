import type { Endpoint } from '@sluice/contracts';
import type { ReactNode } from 'react';
import { formatCount, formatCountOf } from '../../format/count.ts';
import { Disclosure } from '../../ui/disclosure.tsx';
import { LongList } from '../../ui/long-list.tsx';
import { EmptyNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { directionWords, kindWords, stateWords } from './endpoint-words.ts';
import { NodeList } from './node-list.tsx';
import { Posture } from './posture.tsx';
import { Unresolved } from './unresolved.tsx';

type Map = { items: Endpoint[]; nextCursor: string | null; unresolvedVariables: string[]; truncated: boolean };

function EndpointRow({ endpoint }: { endpoint: Endpoint }) {
  const state = stateWords[endpoint.state];
  return (
    <Disclosure
      summary={
        <>
          <span className="sl-node-type">{kindWords[endpoint.kind]}</span>
          <span className="sl-value" style={{ flex: '1 1 180px', fontSize: '0.8125rem' }}>
            {endpoint.address}
          </span>
          <span className="sl-small sl-dim">{directionWords[endpoint.direction]}</span>
          {endpoint.security === null ? null : <Posture endpoint={endpoint} />}
          <span className="sl-small sl-dim">{formatCountOf(endpoint.nodes.length, 'node')}</span>
        </>
      }
    >
      {() => (
        <>
          {state === null ? null : <p className="sl-small sl-dim">{state}</p>}
          {endpoint.symbol === endpoint.address ? null : (
            <p className="sl-small" style={{ margin: '0 0 8px', overflowWrap: 'anywhere' }}>
              Written as <code className="sl-mono">{endpoint.symbol}</code>
            </p>
          )}
          <NodeList nodes={endpoint.nodes} />
        </>
      )}
    </Disclosure>
  );
}

/** So many stand on the page of something else; a fold shows the rest. */
const firstShown = 12;

/** Everything outside that something talks to, each with the nodes behind it. `aside`: whose variables stand in the addresses. */
export function EndpointsPanel({ map, aside, empty }: { map: Map | undefined; aside?: ReactNode; empty: string }) {
  return (
    <Panel title="Talks to" flush aside={aside}>
      {map === undefined ? null : (
        <>
          <Unresolved {...map} />
          {map.items.length === 0 ? <EmptyNotice title={empty} /> : null}
          <LongList items={map.items} noun="endpoints" first={firstShown} keyOf={({ kind, address }) => `${kind} ${address}`}>
            {(endpoint) => <EndpointRow endpoint={endpoint} />}
          </LongList>
          {map.nextCursor === null ? null : (
            <p className="sl-small sl-dim" style={{ margin: 0, padding: '8px 18px' }}>
              The first {formatCount(map.items.length)}; the API lists all of them.
            </p>
          )}
        </>
      )}
    </Panel>
  );
}
