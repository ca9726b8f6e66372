import { CliError } from '../errors.ts';

/**
 * The bytes of an answer.
 * @throws CliError ANSWER_TOO_LARGE as soon as it has more than `bytesMax`
 */
export async function readBytes(response: Response, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) throw new CliError('ANSWER_TOO_LARGE', `The answer has more than ${bytesMax} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The text of an answer. @throws as `readBytes` */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(response, bytesMax));
}
