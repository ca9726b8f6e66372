import type { Group } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import { groupView } from '../../output/views/fleet.ts';
import { resolveGroup } from '../../resolve/fleet.ts';

export const groupSet = defineVerb({
  summary: 'Change the name, the description or the selector of a device group',
  parameters: {
    group: argument('group', 'Its name or id'),
    name: text('--name <name>', 'What to call it from now on'),
    description: text('--description <text>', 'What it is for'),
    selector: text('--selector <selector>', 'Who belongs to it from now on; see before with: sluice group preview'),
    isStatic: flag('--static', 'No selector any more: the devices that belong to it now are listed'),
  },
  run: async ({ connect, print, ports }, { group: reference, name, description, selector, isStatic }) => {
    if (selector !== undefined && isStatic) throw usageError('Say --selector or --static: a group has a selector, or it has not.');
    if (name === undefined && description === undefined && selector === undefined && !isStatic) {
      throw usageError('Say what to change: --name, --description, --selector or --static.');
    }
    const session = await connect();
    const { id, version } = await resolveGroup(session, reference);
    const changes = { name, description, selector: isStatic ? null : selector };
    print.one(await session.patch<Group>(`/groups/${id}`, changes, version), groupView(ports.timeZone));
    return undefined;
  },
});
