import type { Device, DeviceApproval, DeviceEvent, RuntimeHealth } from '@sluice/contracts';
import type { Appearance, Tone } from '../../ui/tone.ts';

export const healthAppearances: Readonly<Record<Device['health'], Appearance>> = {
  healthy: { label: 'Healthy', tone: 'good' },
  unhealthy: { label: 'Unhealthy', tone: 'bad' },
  unknown: { label: 'Unknown', tone: 'idle' },
};

export const connectivityAppearances: Readonly<Record<Device['connectivity'], Appearance>> = {
  online: { label: 'Online', tone: 'good' },
  offline: { label: 'Offline', tone: 'warn' },
  never: { label: 'Never seen', tone: 'idle' },
};

export const approvalAppearances: Readonly<Record<DeviceApproval, Appearance>> = {
  pending: { label: 'Waits for approval', tone: 'warn' },
  approved: { label: 'Approved', tone: 'good' },
  quarantined: { label: 'Quarantined', tone: 'bad' },
  revoked: { label: 'Revoked', tone: 'bad' },
};

export const connectionAppearances: Readonly<Record<RuntimeHealth['connections'][number]['state'], Appearance>> = {
  connected: { label: 'Connected', tone: 'good' },
  connecting: { label: 'Connecting', tone: 'warn' },
  disconnected: { label: 'Disconnected', tone: 'bad' },
  unknown: { label: 'Unknown', tone: 'idle' },
};

export const levelTones: Readonly<Record<DeviceEvent['level'], Tone>> = { info: 'idle', warning: 'warn', error: 'bad' };

/** The approval when it is what matters about a device, else null: an approved one is judged by its health. */
export function notableApproval(approval: DeviceApproval): Appearance | null {
  return approval === 'approved' ? null : approvalAppearances[approval];
}
