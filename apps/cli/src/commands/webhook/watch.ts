import type { WebhookDelivery } from '@sluice/contracts';
import type { CliError } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { createPatientReader } from '../../frame/patient-reader.ts';
import type { Session } from '../../frame/session.ts';
import { webhookDeliveryView } from '../../output/views/webhooks.ts';

const intervalMs = 500;

/** Looks until a delivery was tried (again), then prints what came of it. Exit code 1: it failed; 8: it was not tried in time. */
export async function watchDelivery(
  { ports, note, print }: Invocation,
  session: Session,
  options: { asked: WebhookDelivery; timeoutMs: number },
): Promise<ExitCode> {
  const { clock, signal, timeZone } = ports;
  const { asked, timeoutMs } = options;
  const path = `/webhooks/${asked.webhookId}/deliveries/${asked.id}`;
  const onTrouble = (error: CliError): void => note(`${error.message} Trying again.`);
  const read = createPatientReader(() => session.get<WebhookDelivery>(path), { clock, onTrouble });
  const deadline = clock.monotonic() + timeoutMs;
  const numberBefore = asked.attempts.at(-1)?.number ?? 0;
  let delivery = asked;
  const isTried = (): boolean => (delivery.attempts.at(-1)?.number ?? 0) > numberBefore;
  while (!isTried() && clock.monotonic() < deadline) {
    await clock.sleep(Math.min(intervalMs, deadline - clock.monotonic()), signal);
    delivery = (await read()) ?? delivery;
  }
  print.one(delivery, webhookDeliveryView(timeZone));
  if (!isTried()) return exitCodes.stillPending;
  return delivery.state === 'delivered' ? exitCodes.ok : exitCodes.error;
}
