const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
// East Asian wide and emoji: two cells in every common terminal.
const wide =
  /^(?:\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6])/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const control = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text of others (names, messages, errors of devices) for a terminal: on one line, and unable to move the cursor or to change colours. */
export function plainText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(control, '\ufffd').trim();
}

/** How many cells of a terminal the text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** The text in at most `width` cells, with … where it was cut. */
export function fitText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const cells = textWidth(segment);
    if (used + cells > width - 1) break;
    taken += segment;
    used += cells;
  }
  return `${taken}…`;
}
