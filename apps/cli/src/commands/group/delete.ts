import { defineVerb } from '../../frame/define.ts';
import { argument, flag } from '../../frame/parameters.ts';
import { resolveGroup } from '../../resolve/fleet.ts';

export const groupDelete = defineVerb({
  summary: 'Delete a device group that nothing uses; its devices stay',
  parameters: { group: argument('group', 'Its name or id'), yes: flag('--yes', 'Do not ask') },
  run: async ({ connect, confirm, note }, { group: reference, yes }) => {
    const session = await connect();
    const { id, name } = await resolveGroup(session, reference);
    await confirm(`Delete the device group ${name}?`, yes);
    await session.remove(`/groups/${id}`);
    note(`The device group ${name} is deleted.`);
    return undefined;
  },
});
