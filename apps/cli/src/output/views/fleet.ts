import type { Device, DeviceCapture, DeviceDetail, Group } from '@sluice/contracts';
import { toneOfState } from '../paint.ts';
import type { View } from '../printer.ts';
import type { Column } from '../table.ts';
import { formatMoment } from '../time.ts';

type Zone = string | undefined;

const reference = (release: Device['running']): string => (release === null ? '–' : `${release.applicationName}/${release.name}`);
/** Labels as they are written on the command line. */
export const labelsText = ({ labels }: Pick<Device, 'labels'>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

function deviceColumns(zone: Zone): Column<Device>[] {
  return [
    { title: 'Name', value: (device) => device.name },
    { title: 'Approval', value: (device) => device.approval, tone: (device) => toneOfState(device.approval) },
    { title: 'Connectivity', value: (device) => device.connectivity, tone: (device) => toneOfState(device.connectivity) },
    { title: 'Health', value: (device) => device.health, tone: (device) => toneOfState(device.health) },
    { title: 'Running', value: (device) => reference(device.running) },
    { title: 'Desired', value: (device) => reference(device.desired) },
    { title: 'Last seen', value: (device) => formatMoment(device.lastSeenAt, zone) },
    { title: 'Labels', value: labelsText, wide: true },
    { title: 'Id', value: (device) => device.id, wide: true },
  ];
}

/** How devices are listed. */
export function deviceView(zone: Zone): View<Device> {
  return { noun: 'devices', name: (device) => device.name, columns: deviceColumns(zone) };
}

/** What its maintenance windows go by, and who says so. */
function timeZoneOf({ timeZone, inventory }: DeviceDetail): string {
  if (timeZone !== null) return `${timeZone} (set here)`;
  return inventory.timeZone === undefined ? 'UTC (nothing else is known)' : `${inventory.timeZone} (says the device)`;
}

/** How one device is shown. */
export function deviceDetailView(zone: Zone): View<DeviceDetail> {
  return {
    noun: 'devices',
    name: (device) => device.name,
    columns: [
      ...deviceColumns(zone),
      { title: 'Reasons', value: (device) => device.verdict.reasons.map((reason) => reason.detail).join(' ') || '–' },
      { title: 'Reported', value: (device) => formatMoment(device.reportedAt, zone) },
      { title: 'Previous', value: (device) => reference(device.previous) },
      { title: 'Revision', value: (device) => `${device.observedRevision} of ${device.desiredRevision}` },
      { title: 'Time zone', value: timeZoneOf },
      { title: 'Hostname', value: (device) => device.inventory.hostname },
      { title: 'System', value: (device) => `${device.inventory.operatingSystem} ${device.inventory.architecture}` },
      { title: 'Agent', value: (device) => `${device.inventory.agentVersion}, Node ${device.inventory.nodeVersion}` },
    ],
  };
}

/** How one capture is shown. */
export function captureView(zone: Zone): View<DeviceCapture> {
  const differs = ({ differs }: DeviceCapture): string => (differs === null ? '–' : differs ? 'yes' : 'no');
  const released = ({ release }: DeviceCapture): string => (release === null ? '–' : `${release.applicationName}/${release.name}`);
  const snapshot = ({ snapshot, release }: DeviceCapture): string =>
    snapshot === null ? '–' : `${release === null ? '' : `${release.applicationName}/`}v${snapshot.number}`;
  return {
    noun: 'captures',
    name: (capture) => capture.id,
    columns: [
      { title: 'Device', value: (capture) => capture.deviceName },
      { title: 'State', value: (capture) => capture.state, tone: (capture) => toneOfState(capture.state) },
      { title: 'Differs', value: differs },
      { title: 'Snapshot', value: snapshot },
      { title: 'Release', value: released },
      { title: 'Read from', value: (capture) => capture.observed?.source ?? '–' },
      { title: 'Failure', value: (capture) => capture.failure?.message ?? '–' },
      { title: 'Requested', value: (capture) => `${formatMoment(capture.requestedAt, zone)} by ${capture.requestedBy}` },
      { title: 'Expires', value: (capture) => formatMoment(capture.expiresAt, zone) },
      { title: 'Id', value: (capture) => capture.id },
    ],
  };
}

/** How device groups are shown. */
export function groupView(zone: Zone): View<Group> {
  return {
    noun: 'device groups',
    name: (group) => group.name,
    columns: [
      { title: 'Name', value: (group) => group.name },
      { title: 'Devices', value: (group) => String(group.deviceCount), align: 'right' },
      { title: 'Selector', value: (group) => group.selector ?? '–' },
      { title: 'Description', value: (group) => group.description },
      { title: 'Created', value: (group) => formatMoment(group.createdAt, zone), wide: true },
      { title: 'Id', value: (group) => group.id, wide: true },
    ],
  };
}
