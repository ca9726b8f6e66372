import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

/** Water seen from a control room: the one accent of the console. */
const water: MantineColorsTuple = [
  '#e6f4f6',
  '#d0e9ed',
  '#a3d5dd',
  '#72c0cc',
  '#5cc9d9',
  '#2a9bb0',
  '#127f92',
  '#0a6575',
  '#08525f',
  '#053d47',
];

/** The greys of Mantine's dark scheme, with the same water in them. */
const night: MantineColorsTuple = [
  '#dbe6e4',
  '#b6c6c3',
  '#8fa29f',
  '#7d918e',
  '#3a4d4d',
  '#263737',
  '#182727',
  '#101b1b',
  '#0c1515',
  '#080e0e',
];

/** The look of every Mantine component. */
export const theme = createTheme({
  primaryColor: 'water',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  colors: { water, dark: night },
  white: '#ffffff',
  black: '#10201e',
  fontFamily: '"IBM Plex Sans Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: '"IBM Plex Mono", ui-monospace, "SFMono-Regular", Menlo, monospace',
  headings: { fontWeight: '600' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Tooltip: {
      defaultProps: { openDelay: 250, withArrow: true, multiline: true, maw: 360, events: { hover: true, focus: true, touch: true } },
    },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } },
    TextInput: { defaultProps: { autoComplete: 'off' } },
  },
});

/** Hands the console's own colours to Mantine, so that there is one source of both. */
export const cssVariables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--sl-surface)',
    '--mantine-color-text': 'var(--sl-ink)',
    '--mantine-color-dimmed': 'var(--sl-ink-3)',
    '--mantine-color-placeholder': 'var(--sl-ink-3)',
    '--mantine-color-default': 'var(--sl-surface)',
    '--mantine-color-default-hover': 'var(--sl-surface-2)',
    '--mantine-color-default-color': 'var(--sl-ink)',
    '--mantine-color-default-border': 'var(--sl-line-strong)',
    '--mantine-color-anchor': 'var(--sl-accent)',
    '--mantine-color-error': 'var(--sl-bad)',
  };
  // Mantine puts white upon what is filled, whatever the scheme: in the dark the accent itself would be too bright for it.
  const dark = {
    ...shared,
    '--mantine-color-water-filled': water[6],
    '--mantine-color-water-filled-hover': water[7],
    '--mantine-primary-color-filled': water[6],
    '--mantine-primary-color-filled-hover': water[7],
  };
  return { variables: {}, light: shared, dark };
};
