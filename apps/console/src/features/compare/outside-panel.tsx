import '../../ui/table.css';
import type { Endpoint, EndpointDifference, SnapshotDifference } from '@sluice/contracts';
import { Panel } from '../../ui/page.tsx';
import { directionWords, kindWords, nodeWords, stateWords } from '../integrations/endpoint-words.ts';
import { Posture } from '../integrations/posture.tsx';
import { ChangeSign } from './change-sign.tsx';
import { aspectWords } from './words.ts';

function sidesOf(change: EndpointDifference): { before: Endpoint | null; now: Endpoint } {
  if (change.change === 'removed') return { before: null, now: change.before };
  return { before: change.change === 'changed' ? change.before : null, now: change.after };
}

function Address({ change }: { change: EndpointDifference }) {
  const { before, now } = sidesOf(change);
  const moved = before !== null && before.address !== now.address;
  return (
    <>
      {moved ? <div className="sl-value sl-dim">{before.address} →</div> : null}
      <div className="sl-value">{now.address}</div>
      {change.change === 'changed' ? (
        <div className="sl-small sl-dim">{change.aspects.map((aspect) => aspectWords[aspect]).join(', ')}</div>
      ) : null}
      {stateWords[now.state] === null ? null : <div className="sl-small sl-dim">{stateWords[now.state]}</div>}
    </>
  );
}

function Protection({ change }: { change: EndpointDifference }) {
  const { before, now } = sidesOf(change);
  const changed = change.change === 'changed' && change.aspects.includes('security');
  return (
    <>
      {before !== null && changed ? (
        <div className="sl-dim">
          <Posture endpoint={before} /> →
        </div>
      ) : null}
      <Posture endpoint={now} />
    </>
  );
}

function Row({ change }: { change: EndpointDifference }) {
  const { now } = sidesOf(change);
  const nodes = [...new Set(now.nodes.map(nodeWords))];
  return (
    <tr>
      <th scope="row" style={{ whiteSpace: 'nowrap' }}>
        <ChangeSign change={change.change} /> {kindWords[now.kind]}
      </th>
      <td style={{ overflowWrap: 'anywhere' }}>
        <Address change={change} />
      </td>
      <td>{directionWords[now.direction]}</td>
      <td>
        <Protection change={change} />
      </td>
      <td style={{ overflowWrap: 'anywhere' }}>
        {nodes.slice(0, 5).join(', ')}
        {nodes.length > 5 ? ` and ${nodes.length - 5} more` : ''}
      </td>
    </tr>
  );
}

/** What changes towards the outside world. */
export function OutsidePanel({ diff: { endpoints } }: { diff: SnapshotDifference }) {
  if (endpoints.length === 0) {
    return (
      <Panel title="Outside world">
        <p style={{ margin: 0 }}>The flows talk to the same things as before, in the same way.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Outside world" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="sl-table-scroll" tabIndex={0} aria-label="Changes towards the outside world">
        <table className="sl-table sl-table-wide">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Address</th>
              <th scope="col">Direction</th>
              <th scope="col">Protection</th>
              <th scope="col">Nodes</th>
            </tr>
          </thead>
          <tbody>
            {endpoints.map((change) => {
              const { now } = sidesOf(change);
              return <Row key={`${change.change} ${now.kind} ${now.address}`} change={change} />;
            })}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
