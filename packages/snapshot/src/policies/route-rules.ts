import { called } from './names.ts';
import type { RuleFamily } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** Settings by which Node-RED asks who is there before a route of `http in` is reached. */
const guards = ['httpNodeAuth', 'httpNodeMiddleware'] as const;

function isGuarded({ snapshot, options }: RuleInput): boolean {
  const settings = snapshot.settings ?? {};
  return options.routesAreProtected === true || guards.some((name) => Object.hasOwn(settings, name) && Boolean(settings[name]));
}

export const routeRules = {
  http_in_without_authentication: {
    title: 'Routes that everyone can call',
    why: 'Whoever reaches the device over the network can call the route and start what hangs behind it.',
    defaultSeverity: 'warn',
    check: (input) => {
      if (isGuarded(input)) return [];
      return input.flows.running
        .filter(({ type }) => type === 'http in')
        .map((node) => ({
          node,
          message: `${called(node)} answers everyone: neither httpNodeAuth nor anything in front of it asks who is there.`,
          fix: 'Set httpNodeAuth, or put a proxy that asks for a login in front of the device and say so in the policy; or check a token in the flow and waive this with that reason.',
        }));
    },
  },
} as const satisfies RuleFamily;
