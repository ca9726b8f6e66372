import type { CreateSnapshotRequest, Snapshot } from '@sluice/contracts';
import type { SnapshotFiles } from '@sluice/snapshot';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { argument, flag, integer, repeatedText, requiredText, text } from '../../frame/parameters.ts';
import { readRequired, readSecret } from '../../input/secret.ts';
import { snapshotView } from '../../output/views/applications.ts';
import { readProject } from '../../projects/read-project.ts';
import { resolveApplication } from '../../resolve/applications.ts';

type CredentialValues = { credentials: string | undefined; secretStdin: boolean; secretFile: string | undefined };
type CredentialMembers = Pick<CreateSnapshotRequest, 'credentials' | 'credentialSecret'>;

/** Node-RED's form of encrypted credentials: `{"$": …}`. What is neither is for the control plane to refuse. */
const isEncrypted = (credentials: string): boolean => /^\s*\{\s*"\$"\s*:/.test(credentials);

/** The credentials that come along: those that were named, else those of the files, if they can be read. */
async function readCredentials(
  { ports, note }: Invocation,
  { credentials: found }: SnapshotFiles,
  values: CredentialValues,
): Promise<CredentialMembers> {
  const source = { fromStdin: values.secretStdin, file: values.secretFile, environmentName: 'SLUICE_CREDENTIAL_SECRET' };
  const credentialSecret = await readSecret(ports, source);
  const secret = credentialSecret === undefined ? {} : { credentialSecret };
  if (values.credentials !== undefined) return { credentials: await readRequired(ports, values.credentials), ...secret };
  if (found === undefined) return secret;
  if (credentialSecret === undefined && isEncrypted(found)) {
    note('The credentials were left out: they are encrypted. Give their secret with --credential-secret-file to take them along.');
    return {};
  }
  return { credentials: found, ...secret };
}

/** `key=value`; a key alone is a label without a value. */
function labelsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((label) => {
      const equals = label.indexOf('=');
      return equals === -1 ? [label, ''] : [label.slice(0, equals), label.slice(equals + 1)];
    }),
  );
}

export const snapshotCreate = defineVerb({
  summary: 'Capture flows as the next version of an application',
  more: `The secret of the credentials can also be in SLUICE_CREDENTIAL_SECRET. It is sent to the control plane to read them, and never stored.

Examples:
  sluice snapshot create --app line ~/.node-red -m "new PLC"
  sluice snapshot create --app line ./project.zip --credential-secret-file secret.txt
  sluice snapshot create --app line flowfuse-snapshot.json`,
  parameters: {
    path: argument(
      'path',
      'A flow file (flows.json, an export, a FlowFuse snapshot), a folder or zip with a Node-RED project or user directory, or - for flows on standard input',
    ),
    app: requiredText('--app <app>', 'The application: its name or id'),
    message: text('-m, --message <text>', 'What changed'),
    label: repeatedText('-l, --label <key=value>', 'A label; "keep" protects the snapshot from being deleted'),
    parent: integer('--parent <number>', 'The number of the snapshot it was made from (default: the newest one)'),
    credentials: text('--credentials <file>', 'The credentials (default: those of the files)'),
    secretStdin: flag('--credential-secret-stdin', 'Read the secret of the credentials from standard input'),
    secretFile: text('--credential-secret-file <file>', 'Read the secret of the credentials from a file'),
    withoutLock: flag('--without-lock', 'Leave package-lock.json out: publishing resolves a new one'),
  },
  run: async (invocation, values) => {
    const { ports, note, print } = invocation;
    if (values.path === '-' && values.secretStdin) throw usageError('Standard input cannot be both the flows and the secret.');
    const project = await readProject(ports, values.path);
    for (const sentence of project.notes) note(sentence);
    const { notes: _notes, credentials: _credentials, lock, ...content } = project;
    const request: CreateSnapshotRequest = {
      ...content,
      ...(lock === undefined || values.withoutLock ? {} : { lock }),
      ...(values.message === undefined ? {} : { message: values.message }),
      ...(values.label.length === 0 ? {} : { labels: labelsOf(values.label) }),
      ...(values.parent === undefined ? {} : { parent: values.parent }),
      ...(await readCredentials(invocation, project, values)),
    };
    const session = await invocation.connect();
    const application = await resolveApplication(session, values.app);
    const snapshot = await session.post<Snapshot>(`/applications/${application.id}/snapshots`, request);
    print.one(snapshot, snapshotView(application.name, ports.timeZone));
    return undefined;
  },
});
