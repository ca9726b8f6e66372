import { duration, flag } from '../../frame/parameters.ts';

/** The options of verbs that start something which takes its time. */
export const waitParameters = {
  wait: flag('--wait', 'Wait for the end, and tell what happens meanwhile'),
  timeout: duration('--timeout <duration>', 'How long to wait (default 1h)'),
};

export const waitHelp = `With --wait the exit code is 0 when the rollout came to a good end, 7 when a gate failed or it was rolled back or aborted,
6 when a newer rollout took its devices, 8 when it still goes on after --timeout.`;
