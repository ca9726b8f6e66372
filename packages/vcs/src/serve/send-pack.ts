import type { GitRepository, Reader } from '@sluice/store';
import { countPack, type PackContent, streamPack } from './pack.ts';
import { FLUSH, onBand } from './pkt-line.ts';

export type PackOptions = { hasProgress: boolean; hasSideBand: boolean };

/** A pack as the client takes it: on a side band with a word about progress, or plain. A failure in the middle is told on the band for errors. */
export async function* sendPack(
  reader: Reader,
  repository: GitRepository,
  content: PackContent,
  options: PackOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const count = await countPack(reader, repository, content);
  const pack = streamPack(reader, repository, { ...content, count });
  if (!options.hasSideBand) {
    yield* pack;
    return;
  }
  if (options.hasProgress) yield onBand('progress', Buffer.from(`Sending ${count} objects, done.\n`));
  try {
    for await (const bytes of pack) yield onBand('data', bytes);
  } catch (error) {
    yield onBand('error', Buffer.from('The control plane could not send everything. Try again.\n'));
    throw error;
  }
  yield FLUSH;
}
