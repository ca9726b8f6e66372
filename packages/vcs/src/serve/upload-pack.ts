import type { GitRepository, Reader } from '@sluice/store';
import { GitProtocolError, packet, parsePackets } from './pkt-line.ts';
import { advertiseVersion0, answerVersion0 } from './version-0.ts';
import { advertiseVersion2, answerVersion2 } from './version-2.ts';

const AGENT = 'sluice';

/** The versions of git's wire protocol. */
export type ProtocolVersion = 0 | 1 | 2;

/** The version that a client asks for in its header `Git-Protocol` (`version=2`, among other things behind colons). */
export function protocolVersionOf(header: string | undefined): ProtocolVersion {
  const asked = (header ?? '').split(':');
  if (asked.includes('version=2')) return 2;
  return asked.includes('version=1') ? 1 : 0;
}

/** The body of `GET …/info/refs?service=git-upload-pack`. */
export async function advertise(reader: Reader, repository: GitRepository, version: ProtocolVersion): Promise<Buffer> {
  return version === 2 ? advertiseVersion2(AGENT) : advertiseVersion0(reader, repository, { agent: AGENT, version });
}

/**
 * The body of `POST …/git-upload-pack`, piece by piece. What is wrong with the request is said in git's own way, so that the person at the client reads it.
 * @throws whatever the store throws; in the middle of a pack the client was told before
 */
export async function* uploadPack(
  reader: Reader,
  repository: GitRepository,
  request: { version: ProtocolVersion; body: Buffer },
): AsyncGenerator<Buffer, void, undefined> {
  try {
    const packets = parsePackets(request.body);
    const answer = request.version === 2 ? answerVersion2 : answerVersion0;
    yield* answer(reader, repository, packets);
  } catch (error) {
    if (!(error instanceof GitProtocolError)) throw error;
    yield packet(`ERR ${error.message}\n`);
  }
}
