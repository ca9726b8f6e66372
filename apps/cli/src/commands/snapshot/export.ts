import { join } from 'node:path';
import type { SnapshotContent } from '@sluice/contracts';
import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import type { Files } from '../../ports.ts';
import { exportedFiles } from '../../projects/exported-files.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';

async function refuseToOverwrite(files: Files, paths: readonly string[]): Promise<void> {
  const kinds = await Promise.all(paths.map(async (path) => ({ path, kind: await files.kind(path) })));
  const existing = kinds.filter(({ kind }) => kind !== 'none').map(({ path }) => path);
  if (existing.length === 0) return;
  throw new CliError('FILE_EXISTS', `Nothing was written: ${existing.join(' and ')} would be overwritten.`, {
    exitCode: exitCodes.conflict,
    hint: 'Choose another folder, or add --force.',
  });
}

export const snapshotExport = defineVerb({
  summary: 'Write a snapshot into a folder that a plain Node-RED opens',
  more: 'Credentials are never given back: Node-RED asks for them again. Open the folder with: node-red --userDir <folder>',
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, or its id'),
    folder: argument('folder', 'Where to write flows.json and package.json'),
    app: text('--app <app>', 'The application: its name or id'),
    force: flag('--force', 'Overwrite files that exist'),
  },
  run: async ({ connect, print, ports, note }, { snapshot: reference, folder, app, force }) => {
    const session = await connect();
    const { id } = await resolveSnapshot(session, reference, app);
    const snapshot = await session.get<SnapshotContent>(`/snapshots/${id}`);
    const application = await resolveApplication(session, snapshot.applicationId);
    const files = exportedFiles(snapshot, application.name).map(({ name, text }) => ({ path: join(folder, name), text }));
    const paths = files.map(({ path }) => path);
    if (!force) await refuseToOverwrite(ports.files, paths);
    for (const { path, text } of files) await ports.files.write(path, text);
    if (print.isForPeople) note(`Wrote ${application.name}/v${snapshot.number}:`);
    if (print.isForPeople || print.format === 'name') for (const path of paths) print.line(path);
    else print.data({ applicationId: application.id, snapshotId: id, number: snapshot.number, files: paths });
    if (snapshot.hasCredentials) note('The snapshot has credentials, which are never given back.');
    if (snapshot.hasLock) note('The lock is not part of the export: run npm install to make a new one.');
    return undefined;
  },
});
