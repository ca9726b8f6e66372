import type { RolloutDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { hasEnded, stateSentence } from '../../rollouts/outcome.ts';
import { blockerLines, decisionSentence } from '../../rollouts/tell.ts';

function explanation(rollout: RolloutDetail, timeZone: string | undefined): string[] {
  const [latest] = rollout.decisions;
  const why = latest === undefined ? [] : [`Latest decision: ${decisionSentence(latest)}`];
  if (hasEnded(rollout.state)) return ['It has ended.', ...why];
  if (rollout.blockers.length === 0) return ['Nothing holds it up: it moves with the next report of a device.', ...why];
  return ['Why it does not move:', ...blockerLines(rollout.blockers, timeZone), ...why];
}

export const explainRollout = defineVerb({
  summary: 'Why a rollout does not move, and what would change that',
  parameters: { rollout: argument('rollout', 'Its id, or latest') },
  run: async ({ connect, print, ports }, { rollout: reference }) => {
    const session = await connect();
    const rollout = await session.get<RolloutDetail>(`/rollouts/${await resolveRolloutId(session, reference)}`);
    const { id, state, reason, blockers } = rollout;
    if (print.isForPeople) for (const line of [stateSentence(rollout), ...explanation(rollout, ports.timeZone)]) print.line(line);
    else if (print.format === 'name') for (const { code } of blockers) print.line(code);
    else print.data({ id, state, reason, blockers, latestDecision: rollout.decisions[0] ?? null });
    return undefined;
  },
});
