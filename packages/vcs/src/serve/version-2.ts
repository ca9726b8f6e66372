import { type GitRepository, listGitRefs, type Reader } from '@sluice/store';
import { MAIN_BRANCH } from '../history/commit-snapshot.ts';
import { type FetchRequest, negotiate } from './negotiate.ts';
import { DELIMITER, FLUSH, GitProtocolError, type Packet, packet, textOfPacket } from './pkt-line.ts';
import { sendPack } from './send-pack.ts';

// Git's wire protocol, version 2: https://git-scm.com/docs/protocol-v2

/** What a client is told first (gitprotocol-v2, "Capability Advertisement"). */
export function advertiseVersion2(agent: string): Buffer {
  const lines = ['version 2', `agent=${agent}`, 'ls-refs=unborn', 'fetch=shallow', 'object-format=sha1'];
  return Buffer.concat([...lines.map((line) => packet(`${line}\n`)), FLUSH]);
}

type Command = { name: string; parameters: string[] };

/** `command=…`, capabilities, a delimiter, parameters, a flush. */
function parseCommand(packets: readonly Packet[]): Command {
  const [first, ...rest] = packets;
  const name = first?.kind === 'data' ? /^command=(.+)$/.exec(textOfPacket(first.payload))?.[1] : undefined;
  if (name === undefined) throw new GitProtocolError('a request of version 2 begins with a command');
  const delimiter = rest.findIndex((each) => each.kind === 'delimiter');
  const parameters = delimiter === -1 ? [] : rest.slice(delimiter + 1);
  const capabilities = rest.slice(0, delimiter === -1 ? rest.length : delimiter);
  for (const each of capabilities) {
    if (each.kind === 'data' && /^object-format=(?!sha1$)/.test(textOfPacket(each.payload))) {
      throw new GitProtocolError('this repository uses SHA-1');
    }
  }
  return { name, parameters: parameters.flatMap((each) => (each.kind === 'data' ? [textOfPacket(each.payload)] : [])) };
}

/** The values of all parameters of a name. */
function valuesOf(parameters: readonly string[], name: string): string[] {
  return parameters.filter((each) => each.startsWith(`${name} `)).map((each) => each.slice(name.length + 1));
}

async function* listRefs(
  reader: Reader,
  repository: GitRepository,
  parameters: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  const refs = await listGitRefs(reader, repository);
  const prefixes = valuesOf(parameters, 'ref-prefix');
  const isAsked = (name: string): boolean => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  const target = parameters.includes('symrefs') ? ` symref-target:${MAIN_BRANCH}` : '';
  const main = refs.find((ref) => ref.name === MAIN_BRANCH);
  const lines = refs.filter((ref) => isAsked(ref.name)).map((ref) => `${ref.oid} ${ref.name}`);
  if (isAsked('HEAD')) {
    if (main !== undefined) lines.unshift(`${main.oid} HEAD${target}`);
    else if (parameters.includes('unborn')) lines.unshift(`unborn HEAD${target}`);
  }
  yield Buffer.concat([...lines.map((line) => packet(`${line}\n`)), FLUSH]);
}

function depthOf(parameters: readonly string[]): number | undefined {
  if (parameters.some((each) => /^deepen-(since|not) /.test(each))) {
    throw new GitProtocolError('history is cut by a number of commits only: use --depth');
  }
  const [text] = valuesOf(parameters, 'deepen');
  if (text === undefined) return undefined;
  const depth = Number(text);
  if (!Number.isSafeInteger(depth) || depth < 1) throw new GitProtocolError('deepen takes a whole number from 1 on');
  return depth;
}

async function* fetchObjects(
  reader: Reader,
  repository: GitRepository,
  parameters: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  const request: FetchRequest = {
    wants: valuesOf(parameters, 'want'),
    haves: valuesOf(parameters, 'have'),
    shallow: valuesOf(parameters, 'shallow'),
    depth: depthOf(parameters),
    isDepthRelative: parameters.includes('deepen-relative'),
  };
  if (request.wants.length === 0) throw new GitProtocolError('a fetch wants something');
  const answer = await negotiate(reader, repository, request);
  if (!parameters.includes('done') && request.haves.length > 0) {
    const acknowledged = answer.common.map((oid) => `ACK ${oid}\n`);
    // The history is one line: with one commit in common there is nothing left to find out.
    const lines = acknowledged.length === 0 ? ['NAK\n'] : [...acknowledged, 'ready\n'];
    yield Buffer.concat([packet('acknowledgments\n'), ...lines.map(packet), acknowledged.length === 0 ? FLUSH : DELIMITER]);
    if (acknowledged.length === 0) return;
  }
  if (request.depth !== undefined) {
    const lines = [...answer.shallow.map((oid) => `shallow ${oid}\n`), ...answer.unshallow.map((oid) => `unshallow ${oid}\n`)];
    yield Buffer.concat([packet('shallow-info\n'), ...lines.map(packet), DELIMITER]);
  }
  yield packet('packfile\n');
  const options = { hasProgress: !parameters.includes('no-progress'), hasSideBand: true };
  yield* sendPack(reader, repository, await answer.content(), options);
}

/** Answers a request of version 2. @throws GitProtocolError before the first piece */
export async function* answerVersion2(
  reader: Reader,
  repository: GitRepository,
  packets: readonly Packet[],
): AsyncGenerator<Buffer, void, undefined> {
  const { name, parameters } = parseCommand(packets);
  if (name === 'ls-refs') yield* listRefs(reader, repository, parameters);
  else if (name === 'fetch') yield* fetchObjects(reader, repository, parameters);
  else throw new GitProtocolError(`there is no command "${name.slice(0, 40)}"`);
}
