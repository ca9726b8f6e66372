import type { AdvisoryFile, CurrentAdvisoryFile, SetAdvisoryFileRequest } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import { readRequired } from '../../input/secret.ts';
import { advisoryFileView } from '../../output/views/policies.ts';

export const advisoryUpload = defineVerb({
  summary: 'Replace the file of known weaknesses of modules; one bad entry refuses the whole',
  more: 'Needs a token of an owner.',
  parameters: {
    file: argument('file', 'A JSON list of {id, module, range, severity, title, url?, fixedIn?}'),
    source: text('--source <text>', 'Where it comes from (default: the name of the file)'),
  },
  run: async ({ connect, print, ports }, { file, source }) => {
    const request: SetAdvisoryFileRequest = { content: await readRequired(ports, file), source: source ?? file };
    const session = await connect();
    const { current } = await session.get<CurrentAdvisoryFile>('/advisory-file');
    print.one(await session.put<AdvisoryFile>('/advisory-file', request, current?.version ?? 0), advisoryFileView(ports.timeZone));
    return undefined;
  },
});
