import type { Hold } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, requiredText } from '../../frame/parameters.ts';
import { holdView } from '../../output/views/gates.ts';
import { readStageNames } from '../../resolve/gates.ts';

export const holdLift = defineVerb({
  summary: 'Say why the release may go on: promotions that wait for it start',
  parameters: { hold: argument('hold', 'Its id'), reason: requiredText('--reason <text>', 'Why it is safe to go on, for the ledger') },
  run: async ({ connect, print, ports }, { hold: id, reason }) => {
    const session = await connect();
    const hold = await session.post<Hold>(`/holds/${encodeURIComponent(id)}/lift`, { reason });
    const names = print.isForPeople ? await readStageNames(session) : new Map<string, string>();
    print.one(hold, holdView(ports.timeZone, names));
    return undefined;
  },
});
