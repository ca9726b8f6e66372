import type { DeviceBlockers } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { plainText } from '../../output/text-width.ts';
import { formatMoment } from '../../output/time.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';
import { blockerLines } from '../../rollouts/tell.ts';

/** What the agent carried out last matters as much as when it was last heard: one that is in touch may do nothing. */
function explanation(device: DeviceBlockers, timeZone: string | undefined): string[] {
  const { deviceName, state, rolloutName, waveIndex, blockers, reconciledRevision, desiredRevision } = device;
  const when = (moment: string | null): string => (moment === null ? 'never' : formatMoment(moment, timeZone));
  const where =
    state === null || rolloutName === null || waveIndex === null
      ? `${plainText(deviceName)} is in no rollout.`
      : `${plainText(deviceName)}: ${state.replaceAll('_', ' ')} in wave ${waveIndex + 1} of the rollout ${plainText(rolloutName)}.`;
  const agent = `Last contact ${when(device.lastSeenAt)}, last report ${when(device.reportedAt)}, carried out revision ${reconciledRevision} of ${desiredRevision}.`;
  if (blockers.length === 0) return [where, agent, 'Nothing holds it up.'];
  return [where, agent, 'Why it does not move:', ...blockerLines(blockers, timeZone)];
}

export const explainDevice = defineVerb({
  summary: 'Why a device does not move, and what would change that',
  parameters: { device: argument('device', 'Its name or id') },
  run: async ({ connect, print, ports }, { device: reference }) => {
    const session = await connect();
    const device = await session.get<DeviceBlockers>(`/devices/${await resolveDeviceId(session, reference)}/blockers`);
    if (print.isForPeople) for (const line of explanation(device, ports.timeZone)) print.line(line);
    else if (print.format === 'name') for (const { code } of device.blockers) print.line(code);
    else print.data(device);
    return undefined;
  },
});
