import { Select } from '@mantine/core';
import type { SnapshotDiffReport } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { fewReleasesQuery } from '../../api/application-queries.ts';
import { everythingMax } from '../../api/queries.ts';
import { Panel } from '../../ui/page.tsx';
import { DeviceLink } from '../devices/device-link.tsx';
import { useMembership } from '../session/membership.ts';

/** Chooses the release that a device would get. */
export function DeviceSidePanel({
  report: { from, to, target },
  device,
  release,
  onChoose,
}: {
  report: SnapshotDiffReport;
  device: string;
  release: string;
  onChoose: (release: string) => void;
}) {
  const { organizationId } = useMembership();
  const releases = useQuery(fewReleasesQuery(organizationId, to.applicationId, everythingMax)).data?.items ?? [];
  const listed = releases.map(({ id, name, snapshotNumber }) => ({ value: id, label: `${name} · snapshot v${snapshotNumber}` }));
  const isMissing = !listed.some(({ value }) => value === release);
  const data = isMissing ? [...listed, { value: release, label: to.release?.name ?? 'This release' }] : listed;
  return (
    <Panel title="What is compared" flush hideTitle>
      <div className="sl-compare-sides">
        <div className="sl-compare-side">
          <div className="sl-label">Now on</div>
          <DeviceLink device={{ id: device, name: target?.name ?? 'the device' }} />
          <div className="sl-small sl-dim">{from === null ? 'Runs nothing' : `Runs ${from.release?.name ?? `v${from.number}`}`}</div>
        </div>
        <Select
          className="sl-compare-side"
          label="Would get"
          searchable
          allowDeselect={false}
          data={data}
          value={release}
          onChange={(id) => id !== null && onChoose(id)}
        />
      </div>
    </Panel>
  );
}
