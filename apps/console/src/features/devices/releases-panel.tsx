import './releases-panel.css';
import type { DeviceDetail, ReleaseReference } from '@sluice/contracts';
import type { ReactNode } from 'react';
import { Identifier } from '../../ui/identifier.tsx';
import { Panel } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';
import { ReleaseLink } from '../releases/release-link.tsx';
import { WhatIfLink } from './what-if-link.tsx';

function Place({
  name,
  release,
  none,
  note,
  isCurrent = false,
}: {
  name: string;
  release: ReleaseReference | null;
  none: string;
  note: ReactNode;
  isCurrent?: boolean;
}) {
  return (
    <li data-current={isCurrent || undefined}>
      <span className="sl-label">{name}</span>
      <span className="sl-trio-name">{release === null ? <span className="sl-dim">{none}</span> : <ReleaseLink release={release} />}</span>
      {release === null ? null : (
        <span className="sl-small sl-dim">
          {release.applicationName}
          <br />
          <Identifier value={release.digest} label="release digest" digits={12} />
        </span>
      )}
      <span className="sl-small">{note}</span>
    </li>
  );
}

function agreement({ desired, running, observedRevision, desiredRevision }: DeviceDetail): ReactNode {
  if (desired === null) return null;
  if (running?.id === desired.id) return <Status tone="good" label="As desired" />;
  return <Status tone="move" label={observedRevision < desiredRevision ? 'Not told yet' : 'On its way'} />;
}

/** What the device shall run, what it says it runs, and what it could go back to: three records that never overwrite each other. */
export function ReleasesPanel({ device }: { device: DeviceDetail }) {
  return (
    <Panel
      title="Releases"
      flush
      aside={
        <span className="sl-small sl-dim">
          Revision {device.desiredRevision}, device is at {device.observedRevision} · <WhatIfLink device={device} />
        </span>
      }
    >
      <ul className="sl-trio">
        <Place
          name="Desired"
          release={device.desired}
          none="Nothing"
          note={device.desired === null ? 'No rollout has reached it yet.' : null}
        />
        <Place name="Running" release={device.running} none="Nothing" note={agreement(device)} isCurrent />
        <Place
          name="Previous"
          release={device.previous}
          none="None"
          note={device.previous === null ? null : 'Kept on the device to go back to.'}
        />
      </ul>
    </Panel>
  );
}
