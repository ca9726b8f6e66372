import type { Freeze } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { freezeView } from '../../output/views/gates.ts';
import { readStageNames, resolveFreezeId } from '../../resolve/gates.ts';

export const freezeLift = defineVerb({
  summary: 'End a freeze before its time; rollouts go on',
  parameters: { freeze: argument('freeze', 'Its name, or its id'), reason: text('--reason <text>', 'Why, for the ledger') },
  run: async ({ connect, print, ports }, { freeze: reference, reason }) => {
    const session = await connect();
    const id = await resolveFreezeId(session, reference);
    const freeze = await session.post<Freeze>(`/freezes/${id}/lift`, reason === undefined ? {} : { reason });
    const names = print.isForPeople && freeze.stageId !== null ? await readStageNames(session) : new Map<string, string>();
    print.one(freeze, freezeView(ports.timeZone, ports.clock.now(), names));
    return undefined;
  },
});
