import { CliError } from '../errors.ts';

/**
 * The text of an answer.
 * @throws CliError ANSWER_TOO_LARGE as soon as it has more than `bytesMax`
 */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new CliError('ANSWER_TOO_LARGE', `The answer has more than ${bytesMax} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
