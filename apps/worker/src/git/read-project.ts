import { CaptureError } from '@sluice/capture';
import { CreateSnapshotRequest } from '@sluice/contracts';
import { readProjectFiles, SnapshotError } from '@sluice/snapshot';
import { type FetchedBranch, RemoteError, readSnapshotTree } from '@sluice/vcs';
import { Value } from 'typebox/value';

/** How a remote wants the credentials file of its project taken. */
export type CredentialsChoice = { credentialSecret: string | null; ignoreCredentials: boolean };

/** In a repository that Sluice laid out, this file says how the flows are put together (docs/history.md). */
const HISTORY_ORDER = 'flows/order.json';
const MESSAGE_LENGTH_MAX = 3_000;

/** The members of a request, from whatever form the repository has. */
function readFiles(files: FetchedBranch['files']): Record<string, unknown> {
  if (!files.has(HISTORY_ORDER)) {
    const { notes: _notes, message: _message, ...project } = readProjectFiles(files);
    return project;
  }
  const { flows, packageJson, lock, settings, variables } = readSnapshotTree(files);
  return {
    flows: flows.toString('utf8'),
    settings,
    variables,
    ...(packageJson === null ? {} : { package: packageJson.toString('utf8') }),
    ...(lock === null ? {} : { lock: lock.toString('utf8') }),
  };
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes out.
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '').toWellFormed();
}

/** What the author of the commit said, and which commit it was: a snapshot cannot have the same commit, because its parent is another one. */
function messageOf({ commit, author, message }: FetchedBranch): string {
  const said = withoutControls(message).trim().slice(0, MESSAGE_LENGTH_MAX).toWellFormed();
  const name = withoutControls(`${author.name} <${author.email}>`).replaceAll('\n', ' ').slice(0, 300);
  return `${said === '' ? `Commit ${commit.slice(0, 12)}` : said}\n\nGit-Commit: ${commit}\nGit-Author: ${name}`;
}

/**
 * Makes a request for a snapshot of the head of a branch: a Node-RED project, or a repository in our own layout.
 * @throws SnapshotError, HistoryError, CaptureError, RemoteError CREDENTIALS_UNREADABLE: what is there cannot become a snapshot
 */
export function readProject(fetched: FetchedBranch, { credentialSecret, ignoreCredentials }: CredentialsChoice): CreateSnapshotRequest {
  const { credentials, ...rest } = readFiles(fetched.files);
  const request = {
    ...rest,
    message: messageOf(fetched),
    ...(credentials === undefined || ignoreCredentials ? {} : { credentials }),
    ...(credentialSecret === null ? {} : { credentialSecret }),
  };
  if (!Value.Check(CreateSnapshotRequest, request)) {
    const errors = Value.Errors(CreateSnapshotRequest, request)
      .slice(0, 20)
      .map(({ instancePath, message }) => ({ pointer: instancePath, detail: message }));
    throw new CaptureError('settings.json or variables.json of the project is not as it should be.', errors);
  }
  return request;
}

/** Says what helps when the credentials of a project cannot be read. */
export function withCredentialsAdvice(error: unknown): unknown {
  if (!(error instanceof SnapshotError) || error.code !== 'CREDENTIALS_UNREADABLE') return error;
  const advice = 'Set the credential secret of the project on this remote, or let it ignore the credentials.';
  return new RemoteError('CREDENTIALS_UNREADABLE', `${error.message} ${advice}`, { cause: error });
}
