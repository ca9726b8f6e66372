import type { CurrentAdvisoryFile } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { advisoryFileView } from '../../output/views/policies.ts';

export const advisoryShow = defineVerb({
  summary: 'Which file of known weaknesses is in use',
  parameters: {},
  run: async ({ connect, print, ports, note }) => {
    const session = await connect();
    const { current } = await session.get<CurrentAdvisoryFile>('/advisory-file');
    if (current !== null) print.one(current, advisoryFileView(ports.timeZone));
    else if (print.isForPeople) note('No file of advisories was uploaded yet.');
    else print.data(null);
    return undefined;
  },
});
