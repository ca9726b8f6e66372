import { VisuallyHidden } from '@mantine/core';
import {
  IconCircuitSwitchOpen,
  IconDeviceDesktopAnalytics,
  IconHandStop,
  IconLayoutDashboard,
  IconPlugConnected,
  IconShieldCheck,
  IconVersions,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { fleetSummaryQuery } from '../../api/queries.ts';
import { formatCount } from '../../format/count.ts';
import { SluiceMark } from '../../theme/mark.tsx';
import { useMembership } from '../session/membership.ts';

/** Name of the product; leads to the overview. */
export function Brand({ onGo }: { onGo?: () => void }) {
  const { organizationId } = useMembership();
  return (
    <Link to="/organizations/$organizationId" params={{ organizationId }} className="sl-rail-brand" onClick={onGo}>
      <SluiceMark />
      Sluice
    </Link>
  );
}

function Badge({ count, noun, tone }: { count: number | undefined; noun: string; tone?: 'bad' }) {
  if (count === undefined || count === 0) return null;
  return (
    <span className="sl-nav-badge" data-tone={tone} title={`${formatCount(count)} ${noun}`}>
      {formatCount(count)}
      <VisuallyHidden> {noun}</VisuallyHidden>
    </span>
  );
}

/** Links to the pages of an organization, with the numbers that make somebody look. */
export function Navigation({ onGo }: { onGo?: () => void }) {
  const { organizationId } = useMembership();
  const { data: summary } = useQuery(fleetSummaryQuery(organizationId));
  const link = { params: { organizationId }, className: 'sl-nav-link', ...(onGo === undefined ? {} : { onClick: onGo }) };
  return (
    <ul className="sl-nav">
      <li>
        <Link to="/organizations/$organizationId" activeOptions={{ exact: true }} {...link}>
          <IconLayoutDashboard size={18} aria-hidden />
          Overview
        </Link>
      </li>
      <li>
        <Link to="/organizations/$organizationId/devices" activeOptions={{ includeSearch: false }} {...link}>
          <IconDeviceDesktopAnalytics size={18} aria-hidden />
          Devices
          <Badge count={summary?.unhealthy} noun="unhealthy" tone="bad" />
        </Link>
      </li>
      <li>
        <Link to="/organizations/$organizationId/applications" activeOptions={{ includeSearch: false }} {...link}>
          <IconVersions size={18} aria-hidden />
          Applications
        </Link>
      </li>
      <li>
        <Link to="/organizations/$organizationId/rollouts" activeOptions={{ includeSearch: false }} {...link}>
          <IconCircuitSwitchOpen size={18} aria-hidden />
          Rollouts
          <Badge count={summary?.activeRollouts} noun="in flight" />
        </Link>
      </li>
      <li>
        <Link to="/organizations/$organizationId/integrations" activeOptions={{ includeSearch: false }} {...link}>
          <IconPlugConnected size={18} aria-hidden />
          Integrations
        </Link>
      </li>
      <li>
        <Link to="/organizations/$organizationId/policies" activeOptions={{ includeSearch: false }} {...link}>
          <IconShieldCheck size={18} aria-hidden />
          Policies
        </Link>
      </li>
      <li>
        <Link to="/organizations/$organizationId/safeguards" activeOptions={{ includeSearch: false }} {...link}>
          <IconHandStop size={18} aria-hidden />
          Safeguards
        </Link>
      </li>
    </ul>
  );
}
