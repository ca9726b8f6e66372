import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, optionalArgument, text } from '../../frame/parameters.ts';

export const snapshotDiff = defineVerb({
  summary: 'What changed between two snapshots, or between a snapshot and files',
  more: `The exit code is 3 when they differ, 0 when they do not. What begins with . or / is a path.

Examples:
  sluice snapshot diff latest --app line          compared with the one it was made from
  sluice snapshot diff v3 v4 --app line --stage prod
  sluice snapshot diff line/latest ./project --ignore-cosmetic`,
  parameters: {
    before: argument('before', 'v3, line/v3, latest, an id, or a path'),
    after: optionalArgument('after', 'The same; left out: what changed in the first'),
    app: text('--app <app>', 'The application: its name or id'),
    stage: text('--stage <stage>', 'Resolve addresses with the variables of this stage, and say which it lacks'),
    summary: flag('--summary', 'Only which nodes, not what changed inside them'),
    ignoreCosmetic: flag('--ignore-cosmetic', 'Nodes that only moved or were renamed are no difference'),
  },
  run: async ({ connect, print, ports }, { summary, ignoreCosmetic, ...input }) => {
    const [{ compare }, { diffLines }] = await Promise.all([import('../../diffs/compare.ts'), import('../../diffs/lines.ts')]);
    const { diff, missingVariables, ...names } = await compare(ports, await connect(), input);
    if (print.isForPeople) {
      for (const line of diffLines(names, diff, { paint: print.paint, isDetailed: !summary })) print.line(line);
      if (missingVariables.length > 0) print.line(print.paint('bad', `Has no value there: ${missingVariables.join(', ')}`));
    } else if (print.format === 'name') {
      for (const section of diff.sections) for (const node of section.nodes) print.line(node.id);
    } else print.data({ ...names, missingVariables, ...diff });
    const isDifferent = diff.class !== null && !(ignoreCosmetic && diff.class === 'cosmetic');
    return isDifferent ? exitCodes.differences : exitCodes.ok;
  },
});
