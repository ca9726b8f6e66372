import type { Me } from '@sluice/contracts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

export type Membership = Me['memberships'][number];

/**
 * The organization to work in: the one named by `reference`, else the only one.
 * @throws CliError ORGANIZATION_UNKNOWN, ORGANIZATION_NEEDED, with the candidates
 */
export function chooseMembership(memberships: readonly Membership[], reference: string | undefined): Membership {
  const candidates = memberships.map((membership) => membership.organizationName);
  if (reference !== undefined) {
    const found = memberships.find((each) => each.organizationId === reference || each.organizationName === reference);
    if (found !== undefined) return found;
    throw new CliError('ORGANIZATION_UNKNOWN', `You are not in an organization "${reference}".`, {
      exitCode: exitCodes.notFound,
      candidates,
    });
  }
  const [only, ...others] = memberships;
  if (only === undefined)
    throw new CliError('ORGANIZATION_NEEDED', 'You are in no organization.', {
      exitCode: exitCodes.authentication,
      hint: 'Ask an owner to add you.',
    });
  if (others.length === 0) return only;
  throw new CliError('ORGANIZATION_NEEDED', 'You are in several organizations.', {
    exitCode: exitCodes.usage,
    candidates,
    hint: 'Say which with --organization.',
  });
}
