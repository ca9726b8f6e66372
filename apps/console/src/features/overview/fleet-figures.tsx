import { Skeleton } from '@mantine/core';
import type { FleetSummary } from '@sluice/contracts';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatCount, formatCountOf, formatPercent } from '../../format/count.ts';
import { Panel } from '../../ui/page.tsx';
import { Legend, type Segment, StackedBar } from '../../ui/stacked-bar.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import type { Tone } from '../../ui/tone.ts';

function Figure({ label, count, note, tone }: { label: string; count: number | undefined; note: ReactNode; tone?: Tone }) {
  return (
    <>
      <span className="sl-label">{label}</span>
      {count === undefined ? (
        <Skeleton height={30} width={60} my={3} />
      ) : (
        <span className="sl-figure-number" data-tone={tone}>
          {formatCount(count)}
        </span>
      )}
      <span className="sl-small sl-dim">{note}</span>
    </>
  );
}

const toneOf = (count: number | undefined, tone: Tone): Tone | undefined => (count !== undefined && count > 0 ? tone : undefined);

/** The fleet in numbers that the server counted; each leads to the devices behind it. */
export function FleetFigures({ organizationId, summary }: { organizationId: string; summary: FleetSummary | undefined }) {
  const devices = { to: '/organizations/$organizationId/devices', params: { organizationId }, className: 'sl-figure' } as const;
  return (
    <div className="sl-figures">
      <Link {...devices} search={{}}>
        <Figure
          label="Devices"
          count={summary?.devices}
          note={summary === undefined ? ' ' : `${formatPercent(summary.online, summary.devices)} online`}
        />
      </Link>
      <Link {...devices} search={{ health: 'unhealthy' }} data-tone={toneOf(summary?.unhealthy, 'bad')}>
        <Figure label="Unhealthy" count={summary?.unhealthy} note="say so themselves" />
      </Link>
      <Link {...devices} search={{ connectivity: 'offline' }} data-tone={toneOf(summary?.offline, 'warn')}>
        <Figure label="Offline" count={summary?.offline} note="go on with what they run" />
      </Link>
      <Link {...devices} search={{ approval: 'pending' }} data-tone={toneOf(summary?.pendingApproval, 'warn')}>
        <Figure label="Waiting for approval" count={summary?.pendingApproval} note="enrolled, not admitted" />
      </Link>
      <Link to="/organizations/$organizationId/rollouts" params={{ organizationId }} search={{ active: true }} className="sl-figure">
        <Figure label="Rollouts in flight" count={summary?.activeRollouts} note="not ended yet" />
      </Link>
    </div>
  );
}

function healthSegments({ devices, healthy, unhealthy }: FleetSummary): Segment[] {
  return [
    { key: 'healthy', label: 'Healthy', tone: 'good', count: healthy },
    { key: 'unhealthy', label: 'Unhealthy', tone: 'bad', count: unhealthy },
    { key: 'unknown', label: 'Unknown', tone: 'idle', count: Math.max(0, devices - healthy - unhealthy) },
  ];
}

function verdictOf({ devices, healthy, unhealthy, offline }: FleetSummary): { tone: Tone; sentence: string } {
  if (devices === 0) return { tone: 'idle', sentence: 'No device has enrolled yet.' };
  if (unhealthy > 0) return { tone: 'bad', sentence: `${formatCountOf(unhealthy, 'device')} of ${formatCount(devices)} not healthy.` };
  if (offline > 0) return { tone: 'warn', sentence: `Nothing is unhealthy, but ${formatCountOf(offline, 'device')} cannot be seen.` };
  if (healthy < devices) return { tone: 'idle', sentence: 'Nothing is unhealthy; some devices have not reported their health yet.' };
  return { tone: 'good', sentence: `All ${formatCountOf(devices, 'device')} healthy.` };
}

/** Whether the fleet is well, in one sentence and one bar. */
export function FleetHealth({ summary }: { summary: FleetSummary | undefined }) {
  if (summary === undefined) {
    return (
      <Panel title="Fleet health">
        <Skeleton height={22} width="50%" mb={14} />
        <Skeleton height={16} mb={12} />
        <Skeleton height={18} width="40%" />
      </Panel>
    );
  }
  const { tone, sentence } = verdictOf(summary);
  const segments = healthSegments(summary);
  return (
    <Panel title="Fleet health">
      <div className="sl-verdict" data-tone={tone} role="status">
        <ToneIcon tone={tone} size={18} />
        {sentence}
      </div>
      <StackedBar segments={segments} label="Devices by health" large />
      <Legend segments={segments} />
    </Panel>
  );
}
