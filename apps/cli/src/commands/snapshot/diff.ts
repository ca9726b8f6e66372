import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';

export const snapshotDiff = defineVerb({
  summary: 'What changed between two snapshots, or between a snapshot and files',
  more: `The exit code is 3 when they differ, 0 when they do not. What begins with . or / is a path.

Examples:
  sluice snapshot diff v3 v4 --app line
  sluice snapshot diff line/latest ./project --ignore-cosmetic`,
  parameters: {
    before: argument('before', 'v3, line/v3, latest, an id, or a path'),
    after: argument('after', 'The same'),
    app: text('--app <app>', 'The application: its name or id'),
    summary: flag('--summary', 'Only which nodes, not what changed inside them'),
    ignoreCosmetic: flag('--ignore-cosmetic', 'Nodes that only moved or were renamed are no difference'),
  },
  run: async ({ connect, print, ports }, { before, after, app, summary, ignoreCosmetic }) => {
    // Loaded here: no other verb needs the engine behind it, and each shall start at once.
    const [{ comparable, readSide }, { diffLines }, { diffSnapshots }] = await Promise.all([
      import('../../diffs/sides.ts'),
      import('../../diffs/lines.ts'),
      import('@sluice/snapshot'),
    ]);
    const session = await connect();
    const [left, right] = [
      await readSide(ports, session, { reference: before, app }),
      await readSide(ports, session, { reference: after, app }),
    ];
    const parts = comparable(left, right);
    const diff = diffSnapshots(parts.before, parts.after);
    const names = { before: left.name, after: right.name };
    if (print.isForPeople) {
      for (const line of diffLines(names, diff, { paint: print.paint, isDetailed: !summary })) print.line(line);
    } else if (print.format === 'name') {
      for (const section of diff.sections) for (const node of section.nodes) print.line(node.id);
    } else print.data({ ...names, ...diff });
    const isDifferent = diff.class !== null && !(ignoreCosmetic && diff.class === 'cosmetic');
    return isDifferent ? exitCodes.differences : exitCodes.ok;
  },
});
