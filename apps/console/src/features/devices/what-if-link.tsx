import type { Device } from '@sluice/contracts';
import { Link } from '@tanstack/react-router';
import { useMembership } from '../session/membership.ts';

/** Leads to what would change on a device with the release it shall run, or with another one chosen there. Nothing when none is known. */
export function WhatIfLink({ device: { id, desired, running } }: { device: Pick<Device, 'id' | 'desired' | 'running'> }) {
  const { organizationId } = useMembership();
  const release = desired ?? running;
  if (release === null) return null;
  const isMoving = desired !== null && desired.id !== running?.id;
  return (
    <Link
      to="/organizations/$organizationId/compare"
      params={{ organizationId }}
      search={{ device: id, release: release.id }}
      className="sl-small"
    >
      {isMoving ? `What ${release.name} changes here` : 'Compare with a release'}
    </Link>
  );
}
