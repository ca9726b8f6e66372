import type { CliError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { createPatientReader } from './patient-reader.ts';
import type { Session } from './session.ts';

/** What a device was asked for, and how far that is. */
export type Asked = { id: string; state: string; deliveredAt: string | null };

export type AnswerListener = {
  /** The device was told. */
  delivered(): void;
  trouble(error: CliError): void;
};

const intervalMs = 1_000;

/** Whether the device has not answered, and still may. */
export const isOpen = ({ state }: Pick<Asked, 'state'>): boolean => state === 'requested' || state === 'delivered';

/**
 * Looks at what a device was asked for every second until it is answered, or the time is over: then it is still open.
 * @throws CliError as Http; the signal's reason when the person ends it
 */
export async function watchAnswer<T extends Asked>(
  session: Session,
  { clock, signal }: Pick<Ports, 'clock' | 'signal'>,
  options: { path: string; asked: T; timeoutMs: number; listener: AnswerListener },
): Promise<T> {
  const { listener, timeoutMs } = options;
  const read = createPatientReader(() => session.get<T>(options.path), { clock, onTrouble: (error) => listener.trouble(error) });
  const deadline = clock.monotonic() + timeoutMs;
  let last = options.asked;
  while (isOpen(last)) {
    const remainingMs = deadline - clock.monotonic();
    if (remainingMs <= 0) return last;
    await clock.sleep(Math.min(intervalMs, remainingMs), signal);
    const answer = await read();
    if (answer === undefined) continue;
    if (answer.deliveredAt !== null && last.deliveredAt === null) listener.delivered();
    last = answer;
  }
  return last;
}
