import type { PolicyWaiver } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { waiverView } from '../../output/views/policies.ts';

export const waiverRevoke = defineVerb({
  summary: 'End a waiver; what was published with it stays published',
  parameters: { waiver: argument('waiver', 'Its id'), reason: text('--reason <text>', 'Why, for the ledger') },
  run: async ({ connect, print, ports }, { waiver, reason }) => {
    const session = await connect();
    const path = `/waivers/${encodeURIComponent(waiver)}/revoke`;
    print.one(await session.post<PolicyWaiver>(path, reason === undefined ? {} : { reason }), waiverView(ports.timeZone));
    return undefined;
  },
});
