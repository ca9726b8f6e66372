import type { CreateSnapshotRequest, Snapshot } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { argument, flag, requiredText, text } from '../../frame/parameters.ts';
import { readRequired, readSecret } from '../../input/secret.ts';
import { snapshotView } from '../../output/views/applications.ts';
import { type Project, readProject } from '../../projects/read-project.ts';
import { resolveApplication } from '../../resolve/applications.ts';

type CredentialValues = { credentials: string | undefined; secretStdin: boolean; secretFile: string | undefined };

/** The credentials that come along: those that were named, else those of the project when the secret is given, because they are encrypted. */
async function readCredentials(
  { ports, note }: Invocation,
  project: Project,
  values: CredentialValues,
): Promise<Partial<CreateSnapshotRequest>> {
  const source = { fromStdin: values.secretStdin, file: values.secretFile, environmentName: 'SLUICE_CREDENTIAL_SECRET' };
  const credentialSecret = await readSecret(ports, source);
  if (values.credentials === undefined && credentialSecret === undefined) {
    if (project.credentialsPath !== undefined)
      note(`${project.credentialsPath} was left out: it is encrypted. Give its secret with --credential-secret-stdin to take it along.`);
    return {};
  }
  const path = values.credentials ?? project.credentialsPath;
  const credentials = path === undefined ? {} : { credentials: await readRequired(ports, path) };
  return { ...credentials, ...(credentialSecret === undefined ? {} : { credentialSecret }) };
}

export const snapshotCreate = defineVerb({
  summary: 'Capture flows as the next version of an application',
  more: `The secret of the credentials can also be in SLUICE_CREDENTIAL_SECRET. It is sent to the control plane to read them, and never stored.

Examples:
  sluice snapshot create --app line ~/.node-red -m "new PLC"
  sluice snapshot create --app line ./project --credential-secret-stdin < secret.txt`,
  parameters: {
    path: argument('path', 'A flows.json, a folder with a Node-RED project or user directory, or - for flows on standard input'),
    app: requiredText('--app <app>', 'The application: its name or id'),
    message: text('-m, --message <text>', 'What changed'),
    credentials: text('--credentials <file>', 'The credentials (default: flows_cred.json of the folder, when its secret is given)'),
    secretStdin: flag('--credential-secret-stdin', 'Read the secret of the credentials from standard input'),
    secretFile: text('--credential-secret-file <file>', 'Read the secret of the credentials from a file'),
    withoutLock: flag('--without-lock', 'Leave package-lock.json out: publishing resolves a new one'),
  },
  run: async (invocation, values) => {
    const { ports, note, print } = invocation;
    if (values.path === '-' && values.secretStdin) throw usageError('Standard input cannot be both the flows and the secret.');
    const project = await readProject(ports, values.path);
    for (const sentence of project.notes) note(sentence);
    const { notes: _notes, credentialsPath: _credentialsPath, lock, ...content } = project;
    const request: CreateSnapshotRequest = {
      ...content,
      ...(lock === undefined || values.withoutLock ? {} : { lock }),
      ...(values.message === undefined ? {} : { message: values.message }),
      ...(await readCredentials(invocation, project, values)),
    };
    const session = await invocation.connect();
    const application = await resolveApplication(session, values.app);
    const snapshot = await session.post<Snapshot>(`/applications/${application.id}/snapshots`, request);
    print.one(snapshot, snapshotView(application.name, ports.timeZone));
    return undefined;
  },
});
