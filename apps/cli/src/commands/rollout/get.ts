import type { RolloutDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { rolloutView, waveColumns } from '../../output/views/rollouts.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { blockerSentence } from '../../rollouts/tell.ts';

export const rolloutGet = defineVerb({
  summary: 'One rollout: its waves, and why it does not move',
  parameters: { rollout: argument('rollout', 'Its id, or latest') },
  run: async ({ connect, print, ports }, { rollout: reference }) => {
    const session = await connect();
    const rollout = await session.get<RolloutDetail>(`/rollouts/${await resolveRolloutId(session, reference)}`);
    print.one(rollout, rolloutView(ports.timeZone));
    print.section('Waves', rollout.waves, waveColumns(ports.timeZone));
    if (print.isForPeople && rollout.blockers.length > 0) {
      print.line('');
      for (const blocker of rollout.blockers) print.line(blockerSentence(blocker, ports.timeZone));
    }
    return undefined;
  },
});
