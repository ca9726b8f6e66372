import type { VariableDeclaration } from '@sluice/contracts';
import type { ExportedSnapshot, NodeWithCredentials } from './exported-snapshot.ts';

type Names = { flowFile: string; credentialsFile: string };

/** Text of others inside of Markdown: one line, and nothing in it that means something. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]()<>#|!~]/g, (character) => `\\${character}`)
    .trim();
}

function credentialsChapter(snapshot: ExportedSnapshot, { credentialsFile }: Names): string {
  const { credentials, nodesWithCredentials } = snapshot;
  if (nodesWithCredentials.length === 0) return '';
  const row = ({ id, type, name, fields }: NodeWithCredentials): string =>
    `| ${plain(name ?? '')} | ${plain(type ?? 'not in the flows')} | ${plain(id)} | ${fields.map(plain).join(', ')} |`;
  const what =
    credentials === null
      ? 'They are not part of this export. Fill them in in the editor, or export again with a secret of your own.'
      : `They are in \`${credentialsFile}\`, encrypted with the secret that was given for the export. Node-RED takes it from NODE_RED_CREDENTIAL_SECRET.`;
  return `\n## Credentials\n\n${what}\n\n| node | type | id | fields |\n| --- | --- | --- | --- |\n${nodesWithCredentials.map(row).join('\n')}\n`;
}

function variablesChapter(variables: readonly VariableDeclaration[]): string {
  if (variables.length === 0) return '';
  const row = (variable: VariableDeclaration): string => {
    const notes = [variable.required ? 'required' : '', variable.secret ? 'secret' : ''].filter((word) => word !== '').join(', ');
    return `| ${variable.name} | ${plain((variable.default ?? '').slice(0, 100))} | ${notes} |`;
  };
  return `\n## Variables\n\nThe flows take these from the environment of Node-RED.\n\n| name | default | |\n| --- | --- | --- |\n${variables.map(row).join('\n')}\n`;
}

/** README.md of an exported project: what it is, how to run it, what it still needs. */
export function readmeText(snapshot: ExportedSnapshot, names: Names): string {
  const { application, number, message, digest, lock, credentials, variables } = snapshot;
  const install = lock === null ? 'npm install' : 'npm ci';
  const secret = credentials === null ? '' : 'NODE_RED_CREDENTIAL_SECRET=… ';
  return `# ${plain(application)} v${number}

${message === '' ? '' : `${plain(message)}\n\n`}Exported from Sluice; digest ${digest}.

\`\`\`sh
${install}
${secret}npm start
\`\`\`

The flows are in \`${names.flowFile}\`; Node-RED can also open this folder as a project. To make it a snapshot again:
\`sluice snapshot create . --app <application>\`.
${variablesChapter(variables)}${credentialsChapter(snapshot, names)}`;
}
