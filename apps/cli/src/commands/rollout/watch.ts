import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, duration } from '../../frame/parameters.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { noteRollbacks } from '../../rollouts/follow.ts';
import { exitCodeOfState, stateSentence } from '../../rollouts/outcome.ts';
import { createTeller } from '../../rollouts/tell.ts';
import { watchRollout } from '../../rollouts/watch.ts';

export const rolloutWatch = defineVerb({
  summary: 'Follow a rollout until it ends, decision by decision',
  more: `The exit code is 0 when it came to a good end, 7 when a gate failed or it was rolled back or aborted, 6 when a newer rollout
took its devices, 8 when it still goes on after --timeout. With -o json each line is one event.`,
  parameters: {
    rollout: argument('rollout', 'Its id, or latest'),
    timeout: duration('--timeout <duration>', 'How long to follow it (default: until it ends)'),
  },
  run: async (invocation, { rollout: reference, timeout }) => {
    const { print, ports } = invocation;
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, reference);
    const teller = createTeller(invocation, true);
    try {
      const { rollout, timedOut } = await watchRollout(session, ports, { rolloutId, timeoutMs: timeout, listener: teller });
      teller.done();
      if (!print.isForPeople && print.format !== 'name') print.event({ event: timedOut ? 'timeout' : 'end', rollout });
      else print.line(timedOut ? `${stateSentence(rollout)} It goes on.` : stateSentence(rollout));
      await noteRollbacks(invocation, session, rollout);
      return timedOut ? exitCodes.stillPending : exitCodeOfState(rollout.state);
    } finally {
      teller.done();
    }
  },
});
