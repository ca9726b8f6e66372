/** What a state means to the person who looks: five meanings, each with a colour and a shape of its own. */
export const tones = ['good', 'move', 'warn', 'bad', 'idle'] as const;
export type Tone = (typeof tones)[number];

/** A state as the console shows it. */
export type Appearance = { label: string; tone: Tone };
