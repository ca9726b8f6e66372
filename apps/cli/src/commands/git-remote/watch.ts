import type { GitRemote } from '@sluice/contracts';
import type { CliError } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { createPatientReader } from '../../frame/patient-reader.ts';
import type { Session } from '../../frame/session.ts';
import { gitRemoteView } from '../../output/views/git-remotes.ts';

const intervalMs = 1_000;

/** Looks every second until something was tried, then prints what came of it. */
export async function watchGitRemote(
  { ports, note, print }: Invocation,
  session: Session,
  options: { path: string; asked: GitRemote; timeoutMs: number },
): Promise<ExitCode> {
  const { clock, signal, timeZone } = ports;
  const onTrouble = (error: CliError): void => note(`${error.message} Trying again.`);
  const read = createPatientReader(() => session.get<GitRemote>(options.path), { clock, onTrouble });
  const deadline = clock.monotonic() + options.timeoutMs;
  let remote = options.asked;
  const isOver = (): boolean => remote.lastAttemptAt !== options.asked.lastAttemptAt && remote.state !== 'due';
  while (!isOver()) {
    const remainingMs = deadline - clock.monotonic();
    if (remainingMs <= 0) break;
    await clock.sleep(Math.min(intervalMs, remainingMs), signal);
    remote = (await read()) ?? remote;
  }
  print.one(remote, gitRemoteView(timeZone));
  if (!isOver()) return exitCodes.stillPending;
  if (remote.lastError === null) return exitCodes.ok;
  note(remote.lastError.message);
  return exitCodes.error;
}
