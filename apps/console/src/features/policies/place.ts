import type { PolicyPlace } from '../../api/finding-queries.ts';
import { uuid } from '../../ui/url-values.ts';

/** Whose policies the address means: the organization's unless an application or a stage is named. */
export function parsePolicyPlace(search: Record<string, unknown>): PolicyPlace {
  return { ...uuid('applicationId', search['applicationId']), ...uuid('stageId', search['stageId']) };
}
