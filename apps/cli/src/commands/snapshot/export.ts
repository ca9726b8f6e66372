import { join } from 'node:path';
import { exportFormats, readZip } from '@sluice/snapshot';
import { CliError, usageError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, choice, flag, optionalArgument, text } from '../../frame/parameters.ts';
import { readSecret } from '../../input/secret.ts';
import type { Files } from '../../ports.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';

type OutputFile = { path: string; content: Uint8Array };

async function refuseToOverwrite(files: Files, outputs: readonly OutputFile[]): Promise<void> {
  const kinds = await Promise.all(outputs.map(async ({ path }) => ({ path, kind: await files.kind(path) })));
  const existing = kinds.filter(({ kind }) => kind !== 'none').map(({ path }) => path);
  if (existing.length === 0) return;
  throw new CliError('FILE_EXISTS', `Nothing was written: ${existing.join(' and ')} would be overwritten.`, {
    exitCode: exitCodes.conflict,
    hint: 'Choose another place, or add --force.',
  });
}

/** A project becomes a folder, unless a zip is asked for; everything else is one file. */
function outputsOf(format: string, path: string, content: Uint8Array): OutputFile[] {
  if (format !== 'project' || path.endsWith('.zip')) return [{ path, content }];
  return [...readZip(content)].map(([name, bytes]) => ({ path: join(path, name), content: bytes }));
}

export const snapshotExport = defineVerb({
  summary: 'Write a snapshot as files that Node-RED or FlowFuse opens',
  more: `Formats: project (a folder, or a zip when the path ends with .zip; run it with: npm install && npm start), flows (flows.json as devices get
it), flowfuse (a snapshot that FlowFuse imports). Flows and FlowFuse snapshots go to standard output when no path is given.

Credentials come along when you give a secret of your own, with which they are encrypted; that needs an owner (sluice login --role owner), and
the ledger keeps it.
Node-RED reads them with NODE_RED_CREDENTIAL_SECRET.

Examples:
  sluice snapshot export line/v3 ./line
  sluice snapshot export line/latest ./line --credential-secret-file secret.txt
  sluice snapshot export line/v3 --format flows > flows.json`,
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, or its id'),
    path: optionalArgument('path', 'Where to write it'),
    app: text('--app <app>', 'The application: its name or id'),
    format: choice('--format <format>', exportFormats, 'What to write (default: project)'),
    secretStdin: flag('--credential-secret-stdin', 'Read a secret of your own for the credentials from standard input'),
    secretFile: text('--credential-secret-file <file>', 'Read a secret of your own for the credentials from a file'),
    force: flag('--force', 'Overwrite files that exist'),
  },
  run: async ({ connect, print, ports, note }, { snapshot: reference, path, app, force, secretStdin, secretFile, ...values }) => {
    const format = values.format ?? 'project';
    if (path === undefined && format === 'project')
      throw usageError('Say where to write the project: a folder, or a file that ends with .zip.');
    const source = { fromStdin: secretStdin, file: secretFile, environmentName: 'SLUICE_EXPORT_SECRET' };
    const credentialSecret = await readSecret(ports, source);
    if (credentialSecret !== undefined && format === 'flows') throw usageError('Flows alone hold no credentials: use --format project.');
    const session = await connect();
    const { id, number, applicationId } = await resolveSnapshot(session, reference, app);
    const request = credentialSecret === undefined ? { query: { format } } : { body: { format, credentialSecret } };
    const { bytes, headers } = await session.download(`/snapshots/${id}/export`, request);
    const isOmitted = headers.get('sluice-credentials') === 'omitted';
    const tell = (): void => {
      if (isOmitted) note('The snapshot has credentials, which are not part of this: give --credential-secret-file to take them along.');
    };
    if (path === undefined || path === '-') {
      ports.stdout.write(Buffer.from(bytes).toString('utf8'));
      tell();
      return undefined;
    }
    const outputs = outputsOf(format, path, bytes);
    if (!force) await refuseToOverwrite(ports.files, outputs);
    for (const { path: file, content } of outputs) await ports.files.write(file, content);
    const paths = outputs.map((output) => output.path);
    const application = await resolveApplication(session, applicationId);
    if (print.isForPeople) note(`Wrote ${application.name}/v${number}:`);
    if (print.isForPeople || print.format === 'name') for (const file of paths) print.line(file);
    else print.data({ applicationId: application.id, snapshotId: id, number, files: paths });
    tell();
    return undefined;
  },
});
