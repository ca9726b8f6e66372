import type { DeviceDetail, RuntimeHealth } from '@sluice/contracts';
import { formatBytes, formatCount, formatNumber } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { Facts } from '../../ui/facts.tsx';
import { Identifier } from '../../ui/identifier.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/page.tsx';

function factsOf(runtime: RuntimeHealth) {
  return [
    { name: 'Flows', value: runtime.flowsState },
    { name: 'Messages', value: `${formatNumber(runtime.messagesPerSecond)} /s` },
    { name: 'Event-loop lag', value: `${formatNumber(runtime.eventLoopLagMs)} ms` },
    { name: 'Heap', value: formatBytes(runtime.heapUsedBytes) },
    { name: 'Resident memory', value: formatBytes(runtime.residentBytes) },
    { name: 'Uptime', value: formatDuration(runtime.uptimeMs) },
    { name: 'Node errors', value: formatCount(runtime.nodeErrors) },
    { name: 'Uncaught errors', value: formatCount(runtime.uncaughtErrors) },
    { name: 'Node-RED', value: runtime.runtimeVersion },
    { name: 'Node.js', value: runtime.nodeVersion },
  ];
}

/** What the probe measured inside the runtime at its last report. */
export function RuntimePanel({ device: { runtime } }: { device: DeviceDetail }) {
  return (
    <Panel
      title="Runtime"
      aside={
        runtime === null ? null : (
          <span className="sl-small sl-dim">
            Measured <Moment at={runtime.measuredAt} age />
          </span>
        )
      }
    >
      {runtime === null ? (
        <p className="sl-small sl-dim" style={{ margin: 0 }}>
          No measurement yet.
        </p>
      ) : (
        <Facts facts={factsOf(runtime)} />
      )}
      {runtime === null || runtime.lastError === null ? null : (
        <p className="sl-small" style={{ margin: '14px 0 0', overflowWrap: 'anywhere' }}>
          <span className="sl-label">Last error</span>
          <br />
          {runtime.lastError}
        </p>
      )}
    </Panel>
  );
}

/** What the device is. */
export function IdentityPanel({ device }: { device: DeviceDetail }) {
  const { inventory } = device;
  return (
    <Panel title="Identity">
      <Facts
        facts={[
          { name: 'Device id', value: <Identifier value={device.id} label="device id" digits={18} /> },
          { name: 'Hardware id', value: <Identifier value={device.hardwareId} label="hardware id" digits={18} /> },
          { name: 'Host name', value: inventory.hostname },
          { name: 'System', value: `${inventory.operatingSystem}, ${inventory.architecture}` },
          { name: 'Agent', value: inventory.agentVersion },
          { name: 'Node.js', value: inventory.nodeVersion },
          { name: 'Enrolled', value: <Moment at={device.createdAt} /> },
          { name: 'Identity epoch', value: device.epoch },
        ]}
      />
    </Panel>
  );
}
