import { createHash } from 'node:crypto';
import type { FleetIntegrationQuery } from '@sluice/contracts';
import { type Endpoint, whatTalksTo } from '@sluice/snapshot';
import { RefusalError } from './refusal-error.ts';

const limitDefault = 50;
/** Of an address; a digest of the whole keeps those apart that begin alike. */
const keyLengthMax = 300;

/** What an endpoint is sorted and found again by. */
export function pageKey({ kind, address }: Pick<Endpoint, 'kind' | 'address'>): string {
  const digest = createHash('sha256').update(address).digest('base64url').slice(0, 16);
  return `${kind} ${address.slice(0, keyLengthMax)} ${digest}`;
}

/**
 * One page of a list that is sorted by key; what comes and goes meanwhile moves nothing else.
 * @throws RefusalError CURSOR_INVALID
 */
export function pageByKey<Item>(
  items: readonly Item[],
  { cursor, limit = limitDefault }: Pick<FleetIntegrationQuery, 'cursor' | 'limit'>,
  keyOf: (item: Item) => string,
): { items: Item[]; nextCursor: string | null } {
  const after = cursor === undefined ? null : readCursor(cursor);
  const keyed = items.map((item) => ({ key: keyOf(item), item }));
  const rest = keyed.filter(({ key }) => after === null || key > after).sort((left, right) => (left.key < right.key ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rest.length > limit && last !== undefined ? Buffer.from(`k${last.key}`).toString('base64url') : null;
  return { items: page.map(({ item }) => item), nextCursor };
}

function readCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (/^[A-Za-z0-9_-]+$/.test(cursor) && text.startsWith('k')) return text.slice(1);
  const detail = 'The cursor is not one that this list gave out: start again without it.';
  throw new RefusalError({ code: 'CURSOR_INVALID', detail, pointer: null });
}

type Filters = Pick<FleetIntegrationQuery, 'address' | 'exact' | 'kind' | 'direction' | 'security' | 'idle'>;

/** Whether an endpoint is where it was asked for. */
export function isAt(endpoint: Endpoint, { address, exact, kind }: Filters): boolean {
  if (kind !== undefined && endpoint.kind !== kind) return false;
  if (address === undefined) return true;
  if (exact === true) return endpoint.address === address;
  return whatTalksTo(new Map([['', { endpoints: [endpoint], truncated: false }]]), address).length > 0;
}

/** Whether an endpoint, as a whole, is what was asked for. */
export function isAsked(endpoint: Pick<Endpoint, 'direction' | 'security' | 'state'>, query: Filters): boolean {
  const { direction, security, idle = query.address !== undefined } = query;
  if (!idle && (endpoint.state === 'disabled' || endpoint.state === 'unused')) return false;
  if (direction !== undefined && endpoint.direction !== direction && endpoint.direction !== 'both') return false;
  if (security === undefined) return true;
  const off = {
    tls_off: endpoint.security?.tls === 'no',
    authentication_off: endpoint.security?.authentication === 'no',
    certificate_check_off: endpoint.security?.certificateCheck === 'no',
  };
  return security === 'insecure' ? Object.values(off).includes(true) : off[security];
}

/** Variables that stand in addresses by their names, because no value is known. */
export function unresolvedIn(endpoints: Iterable<Pick<Endpoint, 'address' | 'variables'>>): string[] {
  const found = new Set<string>();
  for (const { address, variables } of endpoints) for (const name of variables) if (address.includes(`\${${name}}`)) found.add(name);
  return [...found].sort();
}
