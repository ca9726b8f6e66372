import { type DeviceEvent, deviceLogSources, type LogRequest, type RequestLogsRequest } from '@sluice/contracts';
import { CliError } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { argument, choice, duration, integer } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { isOpen, watchAnswer } from '../../frame/watch-answer.ts';
import { plainText } from '../../output/text-width.ts';
import { formatMoment } from '../../output/time.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';

const timeoutMsDefault = 2 * 60_000;
const linesDefault = 200;

/** Asks; who comes second waits for what was asked for first. */
async function ask(invocation: Invocation, session: Session, path: string, body: RequestLogsRequest): Promise<LogRequest> {
  try {
    return await session.post<LogRequest>(path, body);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'LOGS_OPEN') throw error;
    const [open] = (await session.upTo<LogRequest>(path, {}, 1)).items;
    if (open === undefined) throw error;
    invocation.note(`${plainText(open.requestedBy)} asked for ${open.lineCount} lines of the ${open.source} already; waiting for those.`);
    return open;
  }
}

/** What the control plane knows of the device's life: no question to the device. */
async function showEvents(invocation: Invocation, session: Session, options: { deviceId: string; lines: number }): Promise<void> {
  const { print, ports } = invocation;
  const { items } = await session.upTo<DeviceEvent>(`/devices/${options.deviceId}/events`, {}, options.lines);
  const oldestFirst = items.toReversed();
  if (!print.isForPeople && print.format !== 'name') return print.data(oldestFirst);
  for (const { at, level, code, message } of oldestFirst) {
    print.line(print.format === 'name' ? code : `${formatMoment(at, ports.timeZone)}  ${level.padEnd(7)}  ${code}  ${plainText(message)}`);
  }
}

function show({ print, note }: Invocation, request: LogRequest): ExitCode {
  if (print.format === 'name') print.line(request.id);
  else if (!print.isForPeople) print.data(request);
  else for (const line of request.lines ?? []) print.line(plainText(line));
  if (isOpen(request)) {
    note(`${plainText(request.deviceName)} has not answered yet. The same command waits for it again, until ${request.expiresAt}.`);
    return exitCodes.stillPending;
  }
  if (request.state !== 'completed') {
    note(`${plainText(request.deviceName)}: ${plainText(request.failure?.message ?? request.state)}`);
    return exitCodes.error;
  }
  if (request.truncated === true) note('There is more than a device sends at once: older lines were left out, or long ones cut.');
  return exitCodes.ok;
}

export const deviceLogs = defineVerb({
  summary: 'The newest lines of a log of a device',
  more: `The device sends them with its next question to the control plane; nothing connects to it. Values of its variables and credentials are
replaced by their names before. Who asked is in the ledger; what was sent is deleted after 24 hours. --source events shows what the control plane
knows of the device, and asks nobody.

The exit code is 8 when the device has not answered after --timeout, 1 when it could not.

Examples:
  sluice device logs press-7 --lines 50
  sluice device logs press-7 --source agent | grep warn`,
  parameters: {
    device: argument('device', 'Its name or id'),
    lines: integer('--lines <count>', `How many at most (default ${linesDefault})`),
    source: choice(
      '--source <source>',
      [...deviceLogSources, 'events'] as const,
      'Whose log: of the runtime (default) or the agent; or events',
    ),
    timeout: duration('--timeout <duration>', 'How long to wait for the device (default 2m)'),
  },
  run: async (invocation, { device, lines = linesDefault, source = 'runtime', timeout = timeoutMsDefault }) => {
    const { note, ports } = invocation;
    const session = await invocation.connect();
    const deviceId = await resolveDeviceId(session, device);
    if (source === 'events') {
      await showEvents(invocation, session, { deviceId, lines });
      return undefined;
    }
    const asked = await ask(invocation, session, `/devices/${deviceId}/log-requests`, { source, lines });
    const listener = {
      delivered: () => undefined,
      trouble: (error: CliError) => note(`${error.message} Trying again.`),
    };
    const path = `/log-requests/${asked.id}`;
    return show(invocation, await watchAnswer(session, ports, { path, asked, timeoutMs: timeout, listener }));
  },
});
