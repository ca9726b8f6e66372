import '../../ui/table.css';
import type { DeviceDetail, HealthReason } from '@sluice/contracts';
import { OptionalMoment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/page.tsx';
import { Status, ToneIcon } from '../../ui/status.tsx';
import { connectionAppearances, healthAppearances } from './appearances.ts';

function Reason({ reason }: { reason: HealthReason }) {
  return (
    <div className="sl-notice" data-tone="bad">
      <ToneIcon tone="bad" size={14} />
      <div>
        <p>{reason.detail}</p>
        <code className="sl-mono sl-dim">{reason.code}</code>
      </div>
    </div>
  );
}

/** The agent's own verdict on its runtime, and why. */
export function HealthPanel({ device }: { device: DeviceDetail }) {
  const { state, reasons } = device.verdict;
  return (
    <Panel
      title="Health"
      aside={
        <span className="sl-small sl-dim">
          Reported <OptionalMoment at={device.reportedAt} age none="never" />
        </span>
      }
    >
      <div role="status" style={{ marginBottom: reasons.length > 0 ? 12 : 0 }}>
        <Status {...healthAppearances[state]} filled />{' '}
        {state === 'unknown' ? <span className="sl-small sl-dim">The device has not measured its runtime yet.</span> : null}
        {state === 'healthy' ? <span className="sl-small sl-dim">The agent finds nothing wrong with its runtime.</span> : null}
      </div>
      <div style={{ display: 'grid', gap: 8 }}>
        {reasons.map((reason) => (
          <Reason key={`${reason.code} ${reason.detail}`} reason={reason} />
        ))}
      </div>
    </Panel>
  );
}

/** A node's own words; Node-RED's standard ones arrive as keys of its message catalogue. */
function statusWords(text: string): string {
  return text.replace(/^node-red:common\.status\./, '');
}

/** The connections of the runtime's nodes to the outside world. */
export function ConnectionsPanel({ device }: { device: DeviceDetail }) {
  const connections = device.runtime?.connections ?? [];
  const order = ['disconnected', 'connecting', 'unknown', 'connected'];
  const sorted = connections.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return (
    <Panel title="Connections" flush>
      {sorted.length === 0 ? (
        <p className="sl-small sl-dim" style={{ padding: '14px 18px', margin: 0 }}>
          {device.runtime === null ? 'No measurement yet.' : 'The flows keep no connection that the probe knows.'}
        </p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
        <section className="sl-table-scroll" tabIndex={0} aria-label="Connections of the runtime">
          <table className="sl-table">
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">State</th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map(({ nodeId, nodeName, nodeType, state, text, since }) => (
                <tr key={nodeId}>
                  <td>
                    {nodeName === '' ? nodeId : nodeName}
                    <div className="sl-small sl-dim">{nodeType}</div>
                  </td>
                  <td>
                    <Status {...connectionAppearances[state]} />
                    <div className="sl-small sl-dim">{statusWords(text)}</div>
                  </td>
                  <td>
                    <OptionalMoment at={since} age />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}
