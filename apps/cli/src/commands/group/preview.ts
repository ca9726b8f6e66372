import type { GroupPreview } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, text } from '../../frame/parameters.ts';
import type { Column } from '../../output/table.ts';
import { labelsText } from '../../output/views/fleet.ts';
import { resolveGroup } from '../../resolve/fleet.ts';

type Previewed = GroupPreview['matching']['devices'][number];

const columns: Column<Previewed>[] = [
  { title: 'Name', value: (device) => device.name },
  { title: 'Labels', value: labelsText },
];

function headingOf(verb: string, { deviceCount, devices }: GroupPreview['matching']): string {
  const many = deviceCount === 1 ? `1 device ${verb === 'match' ? 'matches' : verb}` : `${deviceCount} devices ${verb}`;
  return devices.length < deviceCount ? `${many}, the first ${devices.length} by name:` : `${many}:`;
}

export const groupPreview = defineVerb({
  summary: 'Who fulfils a selector now, and who would join and leave a group that got it',
  more: `Examples:
  sluice group preview 'site=ulm,tier in (a,b),!retired'
  sluice group preview '@node-red<4.1,@health=healthy' --group canaries
  sluice group preview '@seen>7d'                                       # not seen for a week, or never

Facts: @name @approval @health @seen @application @release @counter @digest @node-red @node @agent`,
  parameters: {
    selector: argument('selector', 'Such as: site=ulm,tier in (a,b),!retired,@seen<7d'),
    group: text('--group <group>', 'The device group that would get it, by name or id'),
  },
  run: async ({ connect, print }, { selector, group }) => {
    const session = await connect();
    const groupId = group === undefined ? undefined : (await resolveGroup(session, group)).id;
    const preview = await session.post<GroupPreview>('/groups/preview', { selector, groupId });
    if (print.format === 'name') for (const { name } of preview.matching.devices) print.line(name);
    else if (print.isForPeople) {
      const parts = [
        ['match', preview.matching],
        ['would join', preview.joining],
        ['would leave', preview.leaving],
      ] as const;
      for (const [verb, part] of parts) {
        if (part === null) continue;
        if (part.deviceCount === 0) print.line(`No device ${verb === 'match' ? 'matches' : verb}.`);
        else print.section(headingOf(verb, part), part.devices, columns);
      }
    } else print.data(preview);
    return undefined;
  },
});
