import { type GitRepository, listGitRefs, type Reader } from '@sluice/store';
import { MAIN_BRANCH } from '../history/commit-snapshot.ts';
import { type FetchAnswer, type FetchRequest, negotiate } from './negotiate.ts';
import { FLUSH, GitProtocolError, type Packet, packet, textOfPacket } from './pkt-line.ts';
import { sendPack } from './send-pack.ts';

// Git's first wire protocol over HTTP, for old clients: https://git-scm.com/docs/http-protocol, https://git-scm.com/docs/gitprotocol-pack

const NO_OID = '0'.repeat(40);

/** What a client is told first: all references, the capabilities behind the first. Version 1 differs in one line. */
export async function advertiseVersion0(
  reader: Reader,
  repository: GitRepository,
  options: { agent: string; version: 0 | 1 },
): Promise<Buffer> {
  const refs = await listGitRefs(reader, repository);
  const main = refs.find((ref) => ref.name === MAIN_BRANCH);
  const named = main === undefined ? refs : [{ name: 'HEAD', oid: main.oid }, ...refs];
  const capabilities = [
    'multi_ack_detailed',
    'side-band-64k',
    'shallow',
    'deepen-relative',
    'no-progress',
    'include-tag',
    ...(main === undefined ? [] : [`symref=HEAD:${MAIN_BRANCH}`]),
    'object-format=sha1',
    `agent=${options.agent}`,
  ].join(' ');
  const [first = { name: 'capabilities^{}', oid: NO_OID }, ...others] = named;
  return Buffer.concat([
    packet('# service=git-upload-pack\n'),
    FLUSH,
    ...(options.version === 1 ? [packet('version 1\n')] : []),
    packet(`${first.oid} ${first.name}\0${capabilities}\n`),
    ...others.map((ref) => packet(`${ref.oid} ${ref.name}\n`)),
    FLUSH,
  ]);
}

type Request = FetchRequest & { capabilities: Set<string>; rounds: string[][]; isDone: boolean };

function depthOf(lines: readonly string[]): number | undefined {
  const text = lines.find((line) => line.startsWith('deepen'));
  if (text === undefined) return undefined;
  const depth = Number(/^deepen (\d+)$/.exec(text)?.[1]);
  if (!Number.isSafeInteger(depth)) throw new GitProtocolError('history is cut by a number of commits only: use --depth');
  // Clients send 0 for "as it is".
  return depth === 0 ? undefined : depth;
}

/** Wants, what is shallow, a flush; then haves in rounds that end with a flush each, or with `done`. */
function parseRequest(packets: readonly Packet[]): Request {
  const rounds: string[][] = [[]];
  for (const each of packets) {
    if (each.kind === 'data') rounds.at(-1)?.push(textOfPacket(each.payload));
    else rounds.push([]);
  }
  const [opening = [], ...later] = rounds;
  const values = (lines: readonly string[], name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const [first = '', ...wants] = values(opening, 'want');
  const [firstWant = '', ...capabilities] = first.split(' ');
  const isDone = later.some((round) => round.includes('done'));
  return {
    wants: [firstWant, ...wants],
    haves: later.flatMap((round) => values(round, 'have')),
    rounds: later.map((round) => values(round, 'have')),
    shallow: values(opening, 'shallow'),
    depth: depthOf(opening),
    isDepthRelative: capabilities.includes('deepen-relative'),
    capabilities: new Set(capabilities),
    isDone,
  };
}

/** The answer to each round of haves, as a client with or without `multi_ack_detailed` reads it. */
function acknowledge(request: Request, answer: FetchAnswer): Buffer[] {
  const common = new Set(answer.common);
  const isDetailed = request.capabilities.has('multi_ack_detailed');
  const lines: string[] = [];
  let last: string | undefined;
  for (const [index, round] of request.rounds.entries()) {
    for (const oid of round.filter((each) => common.has(each))) {
      if (isDetailed) lines.push(`ACK ${oid} common`);
      else if (last === undefined) lines.push(`ACK ${oid}`);
      last = oid;
    }
    const isLast = index === request.rounds.length - 1;
    if (isLast && request.isDone) break;
    if (isLast && round.length === 0) break;
    if (isDetailed && last !== undefined) lines.push(`ACK ${last} ready`);
    if (isDetailed || last === undefined) lines.push('NAK');
  }
  if (request.isDone) {
    if (last === undefined) lines.push('NAK');
    else if (isDetailed) lines.push(`ACK ${last}`);
  }
  return lines.map((line) => packet(`${line}\n`));
}

/** Answers a request of version 0 or 1. @throws GitProtocolError before the first piece */
export async function* answerVersion0(
  reader: Reader,
  repository: GitRepository,
  packets: readonly Packet[],
): AsyncGenerator<Buffer, void, undefined> {
  // An empty request only asks whether the address and the credentials are good.
  if (packets.every((each) => each.kind !== 'data')) return;
  const request = parseRequest(packets);
  const answer = await negotiate(reader, repository, request);
  if (request.depth !== undefined) {
    const lines = [...answer.shallow.map((oid) => `shallow ${oid}\n`), ...answer.unshallow.map((oid) => `unshallow ${oid}\n`)];
    yield Buffer.concat([...lines.map(packet), FLUSH]);
  }
  const acknowledgements = acknowledge(request, answer);
  if (acknowledgements.length > 0) yield Buffer.concat(acknowledgements);
  if (!request.isDone) return;
  const { capabilities } = request;
  const options = { hasProgress: !capabilities.has('no-progress'), hasSideBand: capabilities.has('side-band-64k') };
  yield* sendPack(reader, repository, await answer.content(), options);
}
