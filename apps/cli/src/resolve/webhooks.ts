import type { Webhook } from '@sluice/contracts';
import type { Session } from '../frame/session.ts';
import { isId, pickNamed } from './match.ts';

/** The webhook with this id, address, host of the address or description. @throws CliError NOT_FOUND, AMBIGUOUS */
export async function resolveWebhook(session: Session, reference: string): Promise<Webhook> {
  if (isId(reference)) return session.get<Webhook>(`/webhooks/${reference}`);
  const items = await session.all<Webhook>('/webhooks');
  const namesOf = ({ url, description }: Webhook): string[] => [url, new URL(url).host, description];
  return pickNamed(reference, { noun: 'webhook', items, namesOf, labelOf: ({ id, url }) => `${id} (${url})` });
}
