import { Tooltip } from '@mantine/core';
import type { ReleaseReference } from '@sluice/contracts';

/** A release by its name; which application and digest on hover. */
export function ReleaseName({ release, none = 'Nothing' }: { release: ReleaseReference | null; none?: string }) {
  if (release === null) return <span className="sl-dim">{none}</span>;
  return (
    <Tooltip label={`${release.applicationName} ${release.name}, counter ${release.counter}, ${release.digest.slice(0, 12)}…`}>
      <span>{release.name}</span>
    </Tooltip>
  );
}
