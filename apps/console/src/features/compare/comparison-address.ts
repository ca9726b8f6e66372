import type { ChangeClass } from '@sluice/contracts';
import { oneOf, uuid } from '../../ui/url-values.ts';
import { classOrder } from './words.ts';

/**
 * What is compared, as it stands in the address: two snapshots (`before` may be missing: then the one before `after` is meant), or what a device
 * runs (`device`) with a release. `stage`: with whose variables. `only`: the class of changes that is shown.
 */
export type Comparison = { before?: string; after?: string; stage?: string; device?: string; release?: string; only?: ChangeClass };

/** The comparison from the address; what is no id is left out. */
export function parseComparison(search: Record<string, unknown>): Comparison {
  return {
    ...uuid('before', search['before']),
    ...uuid('after', search['after']),
    ...uuid('stage', search['stage']),
    ...uuid('device', search['device']),
    ...uuid('release', search['release']),
    ...oneOf('only', search['only'], classOrder),
  };
}
