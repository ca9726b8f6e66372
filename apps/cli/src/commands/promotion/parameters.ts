import { argument } from '../../frame/parameters.ts';

export const promotionParameter = argument('promotion', 'Its id, or latest');

export const promotionWaitHelp = `It follows the promotion and then its rollout: the exit code is 0 when the rollout came to a good end; 7 when a gate failed, when it was
rolled back, aborted, rejected or canceled, or when something is in the way that waiting does not change; 6 when something newer took its place; 8
when it still goes on after --timeout.`;
