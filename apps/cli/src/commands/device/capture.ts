import type { DeviceCapture, RequestCaptureRequest } from '@sluice/contracts';
import { captureSentence, exitCodeOfCapture } from '../../captures/outcome.ts';
import { CliError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { argument, duration, flag, text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { watchAnswer } from '../../frame/watch-answer.ts';
import { captureView } from '../../output/views/fleet.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

const waitTimeoutMsDefault = 10 * 60_000;

/** Asks; who waits and comes second waits for what was asked for first. */
async function request(invocation: Invocation, session: Session, input: { deviceId: string; body: RequestCaptureRequest; wait: boolean }) {
  const path = `/devices/${input.deviceId}/captures`;
  try {
    return await session.post<DeviceCapture>(path, input.body);
  } catch (error) {
    if (!input.wait || !(error instanceof CliError) || error.code !== 'CAPTURE_OPEN') throw error;
    const [open] = (await session.upTo<DeviceCapture>(path, {}, 1)).items;
    if (open === undefined) throw error;
    invocation.note(`${open.requestedBy} asked for it already; waiting for that one.`);
    return open;
  }
}

export const deviceCapture = defineVerb({
  summary: 'Ask a device for the flows that run there now',
  more: `When they differ from the release that the device runs, a snapshot of them is made. A device that is offline answers when it is back,
within 24 hours. Credentials never leave the device.

With --wait the exit code is 0 when the device runs what was released, 3 when it differs, 1 when it failed or expired, 8 when the device
has not answered after --timeout.

Example:
  sluice device capture press-7 -m "as repaired on site" --wait`,
  parameters: {
    device: argument('device', 'Its name or id'),
    message: text('-m, --message <text>', 'The message of the snapshot that comes of it'),
    wait: flag('--wait', 'Wait for the answer of the device'),
    timeout: duration('--timeout <duration>', 'How long to wait (default 10m)'),
  },
  run: async (invocation, { device, message, wait, timeout }) => {
    const { note, print, ports } = invocation;
    const session = await invocation.connect();
    const deviceId = await resolveDeviceId(session, device);
    const body: RequestCaptureRequest = message === undefined ? {} : { message };
    const asked = await request(invocation, session, { deviceId, body, wait });
    if (!wait) {
      print.one(asked, captureView(ports.timeZone));
      return undefined;
    }
    const listener = {
      delivered: () => note(`${asked.deviceName} was told.`),
      trouble: (error: CliError) => note(`${error.message} Trying again.`),
    };
    const path = `/captures/${asked.id}`;
    const capture = await watchAnswer(session, ports, { path, asked, timeoutMs: timeout ?? waitTimeoutMsDefault, listener });
    for (const warning of capture.warnings) note(`Warning: ${warning.message}`);
    note(captureSentence(capture));
    print.one(capture, captureView(ports.timeZone));
    return exitCodeOfCapture(capture);
  },
});
