import { createHash } from 'node:crypto';
import type { HttpClient } from 'isomorphic-git';
import { FLUSH, packet, parsePackets, textOfPacket } from '../serve/pkt-line.ts';
import { RemoteError } from './remote-error.ts';
import { once } from './remote-http.ts';

/** A reference to move at the remote. `from`: what it is there now; undefined: it is not there yet. */
export type TagMove = { ref: string; oid: string; from: string | undefined };

const NO_OID = '0'.repeat(40);
/** References in one request. */
const BATCH = 500;

/** A pack without objects: the tags' commits are there already. */
function emptyPack(): Buffer {
  const head = Buffer.from('PACK\u0000\u0000\u0000\u0002\u0000\u0000\u0000\u0000', 'latin1');
  return Buffer.concat([head, createHash('sha1').update(head).digest()]);
}

/** What the server says of each reference (gitprotocol-pack, "report status"). @throws RemoteError REJECTED, NOT_A_GIT_SERVER */
function readReport(answer: Buffer): void {
  const lines = parsePackets(answer).flatMap((each) => (each.kind === 'data' ? [textOfPacket(each.payload)] : []));
  const [unpack, ...references] = lines;
  if (unpack?.startsWith('unpack ') !== true)
    throw new RemoteError('NOT_A_GIT_SERVER', 'The remote does not answer a push as git servers do.');
  const refused = unpack === 'unpack ok' ? references.find((line) => line.startsWith('ng ')) : unpack;
  if (refused === undefined) return;
  const said = refused.replace(/^ng /, '').slice(0, 300);
  throw new RemoteError('REJECTED', `The remote refuses a tag. Look at its rules for branches and tags. It says: ${said}`);
}

/**
 * Pushes tags whose commits the remote has. isomorphic-git pushes one reference at a time, each with two requests: a history with a thousand
 * snapshots would take minutes to mirror.
 * @throws RemoteError
 */
export async function pushTags(
  http: HttpClient,
  remote: { url: string; headers: Record<string, string> },
  tags: readonly TagMove[],
): Promise<void> {
  for (let at = 0; at < tags.length; at += BATCH) {
    const commands = tags
      .slice(at, at + BATCH)
      .map(({ ref, oid, from }, index) => packet(`${from ?? NO_OID} ${oid} ${ref}${index === 0 ? '\u0000 report-status' : ''}\n`));
    const { statusCode, body } = await http.request({
      url: `${remote.url}/git-receive-pack`,
      method: 'POST',
      headers: {
        ...remote.headers,
        'content-type': 'application/x-git-receive-pack-request',
        accept: 'application/x-git-receive-pack-result',
      },
      body: once(Buffer.concat([...commands, FLUSH, emptyPack()])),
    });
    const answer = Buffer.concat(await Array.fromAsync(body ?? []));
    if (statusCode !== 200)
      throw Object.assign(new Error('the push was refused'), {
        code: 'HttpError',
        data: { statusCode, response: answer.toString('utf8') },
      });
    readReport(answer);
  }
}
