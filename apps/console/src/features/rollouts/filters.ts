import type { DeploymentState, RolloutState } from '@sluice/contracts';
import type { DeploymentFilters, RolloutFilters } from '../../api/queries.ts';
import { flag, oneOf, uuid, wholeNumber } from '../../ui/url-values.ts';
import { deploymentAppearances, rolloutAppearances } from './states.ts';

export const rolloutStateNames = Object.keys(rolloutAppearances) as RolloutState[];
export const deploymentStateNames = Object.keys(deploymentAppearances) as DeploymentState[];

/** The filters of the rollout list from the address; what the API would refuse is left out. */
export function parseRolloutFilters(search: Record<string, unknown>): RolloutFilters {
  return {
    ...oneOf('state', search['state'], rolloutStateNames),
    ...flag('active', search['active']),
    ...uuid('applicationId', search['applicationId']),
    ...uuid('stageId', search['stageId']),
  };
}

/** The filters of a rollout's deployments from the address: `state` and `waveIndex`, counted from 0. */
export function parseDeploymentFilters(search: Record<string, unknown>): DeploymentFilters {
  return { ...oneOf('state', search['state'], deploymentStateNames), ...wholeNumber('waveIndex', search['waveIndex']) };
}
