import type { EncryptionKeys } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { encryptionKeyView } from '../../output/views/variables.ts';

export const keyList = defineVerb({
  summary: 'The keys that secrets are sealed with, and how far sealing anew is',
  parameters: {},
  run: async ({ connect, print, note, ports }) => {
    const session = await connect();
    const answer = await session.get<EncryptionKeys>('/encryption-keys');
    if (print.format === 'json' || print.format === 'yaml') {
      print.data(answer);
      return undefined;
    }
    print.list(answer.keys, encryptionKeyView(ports.timeZone));
    if (!answer.isDone) note(`Not done: ${answer.remaining} of ${answer.secrets} secrets are still to be sealed with the active key.`);
    return undefined;
  },
});
