import { usageError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { flag, requiredText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { carryOut, planApply } from '../../pipelines/apply.ts';
import { changeLines } from '../../pipelines/changes.ts';
import { readManifest, requestOf } from '../../pipelines/manifest.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { readGroupNames } from '../../resolve/fleet.ts';

export const pipelineApply = defineVerb({
  summary: 'Make a pipeline what a file says: shows what would change, asks, and does it at once',
  more: `The file is what sluice pipeline get <pipeline> --manifest prints:

  app: line
  name: main
  stages:
    - name: dev
      groups: [dev presses]
      policy: {waves: [...], order: name, deploymentDeadlineMs: 3600000, onBreach: pause}
    - name: prod
      after: [dev]              left out: the stage before it in the list; []: releases may begin here
      groups: [prod presses]
      gates: {soakMs: 86400000, approval: {required: 2, role: owner, creatorExcluded: true}, automatic: false}
      policy: ...

Stages are told by their names: one that the file does not name is deleted, one under another name is another stage (rename it with
sluice stage set --name). With --dry-run nothing is done, and the exit code is 3 when something would change, 0 when nothing would.`,
  parameters: {
    file: requiredText('-f, --file <file>', 'JSON or YAML'),
    app: text('--app <app>', 'The application, instead of the one that the file names'),
    dryRun: flag('--dry-run', 'Only say what would change'),
    yes: flag('-y, --yes', 'Do not ask'),
  },
  run: async ({ connect, confirm, note, print, ports }, { file, app, dryRun, yes }) => {
    const manifest = readManifest(file, await readDocument(ports, file));
    const owner = app ?? manifest.app;
    if (owner === undefined) throw usageError('Say which application the pipeline is of: app in the file, or --app.');
    const session = await connect();
    const application = await resolveApplication(session, owner);
    const groupNames = await readGroupNames(session);
    const request = requestOf(manifest, groupNames);
    const { present, changes } = await planApply(session, application, request);
    const reference = `${application.name}/${manifest.name}`;
    const isSame = present !== undefined && changes.length === 0;
    if (print.isForPeople) {
      if (present === undefined) print.line(print.paint('good', `+ pipeline ${reference}`));
      for (const line of changeLines(changes, groupNames, print.paint)) print.line(line);
    }
    const tell = (applied: boolean): void => {
      if (print.format === 'name') print.line(reference);
      else if (!print.isForPeople)
        print.data({ applicationName: application.name, name: manifest.name, isNew: present === undefined, applied, changes });
    };
    if (isSame || dryRun) {
      tell(false);
      if (isSame) note(`The pipeline ${reference} is as the file says.`);
      return isSame ? exitCodes.ok : exitCodes.differences;
    }
    await confirm(present === undefined ? `Make the pipeline ${reference}?` : `Change the pipeline ${reference}?`, yes);
    await carryOut(session, application, { request, present });
    tell(true);
    note(`The pipeline ${reference} is as the file says now.`);
    return exitCodes.ok;
  },
});
