import { Button, Menu } from '@mantine/core';
import type { SnapshotFormat } from '@sluice/contracts';
import { IconDownload } from '@tabler/icons-react';
import { organizationPath } from '../../api/queries.ts';
import { useMembership } from '../session/membership.ts';

const formats: readonly { format: SnapshotFormat; label: string; what: string }[] = [
  { format: 'project', label: 'Node-RED project', what: 'A zip that Node-RED opens and runs' },
  { format: 'flows', label: 'flows.json', what: 'The flows alone, as devices get them' },
  { format: 'flowfuse', label: 'FlowFuse snapshot', what: 'A file that FlowFuse imports' },
];

/** A snapshot as a file, without credentials: those leave only over the API, encrypted, for an owner. */
export function DownloadMenu({ snapshotId }: { snapshotId: string }) {
  const { organizationId } = useMembership();
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />}>
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label, what }) => (
          <Menu.Item
            key={format}
            component="a"
            href={`${organizationPath(organizationId)}/snapshots/${snapshotId}/export?format=${format}`}
            download
          >
            {label}
            <div className="sl-small sl-dim">{what}</div>
          </Menu.Item>
        ))}
        <Menu.Label>Without credentials</Menu.Label>
      </Menu.Dropdown>
    </Menu>
  );
}
