import type { NamedDevices, RollBackGroup, Rollout, StageRollBack } from '@sluice/contracts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../frame/invocation.ts';
import type { Session } from '../frame/session.ts';
import type { Column } from '../output/table.ts';
import { plainText } from '../output/text-width.ts';
import { formatMoment } from '../output/time.ts';
import { rolloutView } from '../output/views/rollouts.ts';
import { exitCodeOfEnd, rollbacksOf, waitForRollout } from './follow.ts';

const namedMax = 5;

/** `3 devices: a, b, c`, or the first five of them. */
function devicesText({ count, devices }: NamedDevices): string {
  const names = devices.slice(0, namedMax).map(({ name }) => plainText(name));
  return `${names.join(', ')}${count > names.length && names.length > 0 ? ', …' : ''}`;
}

const counted = (count: number): string => (count === 1 ? '1 device' : `${count} devices`);

const columns: Column<RollBackGroup>[] = [
  { title: 'From', value: ({ from }) => plainText(from.name) },
  { title: 'To', value: ({ to }) => plainText(to.name) },
  { title: 'Variables of', value: ({ stageName }) => plainText(stageName) },
  { title: 'Devices', value: ({ devices }) => String(devices.count), align: 'right' },
  { title: 'Which', value: ({ devices }) => devicesText(devices) },
  { title: 'Rollback', value: ({ rolloutId }) => rolloutId ?? '–' },
];

/** Prints who goes where. `isDone`: it is on its way; else it only would be. */
export function printStageRollBack(invocation: Invocation, rollBack: StageRollBack, isDone: boolean): void {
  const { print } = invocation;
  if (print.isForPeople) printForPeople(invocation, rollBack, isDone);
  else if (print.format !== 'name') print.data(rollBack);
  else for (const { rolloutId } of rollBack.groups) if (rolloutId !== null) print.line(rolloutId);
}

function printForPeople({ print, ports }: Invocation, rollBack: StageRollBack, isDone: boolean): void {
  const { stageName, left, ended, groups, changing, withoutPrevious, holds, freeze } = rollBack;
  const stage = plainText(stageName);
  const what = left.map(({ name }) => plainText(name)).join(', ');
  const count = groups.reduce((sum, { devices }) => sum + devices.count, 0);
  print.line(`${stage}: ${counted(count)} ${isDone ? '' : 'would '}go back from ${what}.${isDone ? '' : ' Nothing was written.'}`);
  if (ended !== null)
    print.line(
      `The rollout ${ended.id} of ${plainText(ended.release.name)} ${isDone ? 'is' : 'would be'} ended; its devices follow by rollbacks of its own.`,
    );
  if (changing.count > 0)
    print.line(
      `${counted(changing.count)} in mid-change ${changing.count === 1 ? 'follows' : 'follow'} after that: ${devicesText(changing)}.`,
    );
  if (freeze !== null) {
    const until = freeze.until === null ? '' : ` until ${formatMoment(freeze.until, ports.timeZone)}`;
    print.line(`The freeze "${plainText(freeze.name)}" holds there${until}; it keeps no device from going back.`);
  }
  print.section('Who goes where', groups, columns);
  if (withoutPrevious.count > 0) {
    print.line('');
    print.line(
      `${counted(withoutPrevious.count)} ran no other release well and ${isDone ? '' : 'would '}stay: ${devicesText(withoutPrevious)}.`,
    );
  }
  if (holds.length > 0) print.line(`Held for ${stage} until somebody lifts the hold: ${what}.`);
}

/** Waits until the rollout that was ended, and every rollback, have come to their end. */
export async function waitUntilAllAreBack(
  invocation: Invocation,
  session: Session,
  { rollBack, timeoutMs }: { rollBack: StageRollBack; timeoutMs: number },
): Promise<ExitCode> {
  const { clock, timeZone } = invocation.ports;
  const deadline = clock.monotonic() + timeoutMs;
  const waitFor = (rolloutId: string) =>
    waitForRollout(invocation, session, { rolloutId, timeoutMs: Math.max(0, deadline - clock.monotonic()) });
  const ended: Rollout[] = [];
  const rolloutIds = rollBack.groups.flatMap(({ rolloutId }) => (rolloutId === null ? [] : [rolloutId]));
  if (rollBack.ended !== null) {
    const end = await waitFor(rollBack.ended.id);
    if (end.timedOut) return exitCodes.stillPending;
    ended.push(end.rollout);
    rolloutIds.push(...(await rollbacksOf(session, end.rollout)).map(({ id }) => id).filter((id) => !rolloutIds.includes(id)));
  }
  const codes: ExitCode[] = [];
  for (const rolloutId of rolloutIds) {
    const end = await waitFor(rolloutId);
    ended.push(end.rollout);
    codes.push(exitCodeOfEnd(end));
  }
  invocation.print.list(ended, rolloutView(timeZone));
  return codes.find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
}
