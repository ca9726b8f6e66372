import { createGitObject, type GitObject } from './git-object.ts';

/** Who made something, as git writes it down. */
export type Signature = { name: string; email: string };

export type NewCommit = {
  tree: string;
  parent: string | undefined;
  author: Signature;
  committer: Signature;
  at: Date;
  /** With its trailers. */
  message: string;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes out.
const unfit = /[\u0000-\u001f\u007f<>]+/g;

/** Without what git cannot hold in a name or an address: control characters and angle brackets; nor empty, which git fsck refuses. */
function cleaned(text: string, otherwise: string): string {
  const clean = text.toWellFormed().replaceAll(unfit, ' ').trim();
  return clean === '' ? otherwise : clean;
}

function signatureLine({ name, email }: Signature, at: Date): string {
  return `${cleaned(name, 'unknown')} <${cleaned(email, 'unknown').replaceAll(' ', '')}> ${Math.floor(at.getTime() / 1000)} +0000`;
}

/** Makes a commit object. The same facts give the same object. */
export function createCommit(commit: NewCommit): GitObject {
  const lines = [
    `tree ${commit.tree}`,
    ...(commit.parent === undefined ? [] : [`parent ${commit.parent}`]),
    `author ${signatureLine(commit.author, commit.at)}`,
    `committer ${signatureLine(commit.committer, commit.at)}`,
    '',
    commit.message,
  ];
  return createGitObject('commit', Buffer.from(lines.join('\n')));
}

/** A paragraph of trailers, as git tells them: each line a name and a value. */
const trailerLines = /^(?:[A-Za-z0-9-]+: .*(?:\n|$))+$/;

/** A message with trailers at its end, as `git interpret-trailers` reads them: those that it ends with already stand in the same paragraph. */
export function messageWithTrailers(message: string, trailers: Readonly<Record<string, string>>): string {
  const text = message.replaceAll(/\r\n?/g, '\n').trim();
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}`);
  const [, last = ''] = /\n\n((?:(?!\n\n)[\s\S])*)$/.exec(text) ?? [];
  return `${text}${trailerLines.test(last) ? '\n' : '\n\n'}${lines.join('\n')}\n`;
}

/** The tree that a commit names. */
export function treeOfCommit(content: Buffer): string {
  const oid = /^tree ([0-9a-f]{40})\n/.exec(content.toString('latin1', 0, 64))?.[1];
  if (oid === undefined) throw new RangeError('a commit object names no tree');
  return oid;
}
