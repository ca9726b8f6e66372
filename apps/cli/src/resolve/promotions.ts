import type { Promotion } from '@sluice/contracts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../frame/session.ts';
import { isId } from './match.ts';

/** The id of the promotion that is meant: promotions have no names, so by its id, or `latest`. @throws CliError NOT_FOUND */
export async function resolvePromotionId(session: Session, reference: string): Promise<string> {
  if (isId(reference)) return reference;
  const { items } = await session.upTo<Promotion>('/promotions', {}, 10);
  const [newest] = items;
  if (reference === 'latest' && newest !== undefined) return newest.id;
  throw new CliError('NOT_FOUND', `There is no promotion "${reference}".`, {
    exitCode: exitCodes.notFound,
    candidates: items.map(({ id, applicationName, releaseName, stageName }) => `${id} (${applicationName}/${releaseName} to ${stageName})`),
    hint: 'A promotion is named by its id, or "latest".',
  });
}
