import type { ReleaseSignerList } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag } from '../../frame/parameters.ts';
import { plainText } from '../../output/text-width.ts';
import { pickNamed } from '../../resolve/match.ts';

export const signerRemove = defineVerb({
  summary: 'Take the right to sign from a key; what it signed stays signed',
  parameters: { name: argument('signer', 'Its name, or its id'), yes: flag('-y, --yes', 'Do not ask') },
  run: async ({ connect, confirm, note }, { name: reference, yes }) => {
    const session = await connect();
    const { items } = await session.get<ReleaseSignerList>('/release-signers');
    const { id, name } = pickNamed(reference, { noun: 'signer', items, namesOf: (item) => [item.name, item.id] });
    await confirm(`Remove the signer ${plainText(name)}?`, yes);
    await session.remove(`/release-signers/${id}`);
    note(`Removed ${plainText(name)}: it cannot sign any more.`);
    return undefined;
  },
});
