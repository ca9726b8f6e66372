/** Tells the story to the person in front of the terminal. */
export type Narrator = {
  chapter(title: string): void;
  say(sentence: string): void;
  /** A claim that was checked from outside. */
  claim(holds: boolean, sentence: string): void;
  /** Lines of lesser weight: what the engine and the devices do meanwhile. */
  detail(sentence: string): void;
};

/** Colours only where they can be seen. */
type Paint = {
  bold: (text: string) => string;
  dim: (text: string) => string;
  green: (text: string) => string;
  red: (text: string) => string;
};

function paint(colours: boolean): Paint {
  const wrap = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: wrap(1), dim: wrap(2), green: wrap(32), red: wrap(31) };
}

/**
 * Builds a narrator that writes lines with the time since the start.
 * @param write takes one line without its end
 * @param elapsedMs time since the demo began
 */
export function createNarrator({
  write,
  elapsedMs,
  colours,
}: {
  write: (line: string) => void;
  elapsedMs: () => number;
  colours: boolean;
}): Narrator {
  const { bold, dim, green, red } = paint(colours);
  const stamp = (): string => {
    const seconds = Math.floor(elapsedMs() / 1000);
    return dim(`${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`);
  };
  return {
    chapter: (title) => write(`\n${stamp()}  ${bold(title)}`),
    say: (sentence) => write(`${stamp()}  ${sentence}`),
    claim: (holds, sentence) => write(`${stamp()}  ${holds ? green('✔') : red('✘')} ${sentence}`),
    detail: (sentence) => write(`${stamp()}  ${dim(`· ${sentence}`)}`),
  };
}
