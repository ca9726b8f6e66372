/** The mark of Sluice: a gate, its door half lifted, between two water levels. Decoration only: its neighbour says the name. */
export function SluiceMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M1 12.5c2.5 0 2.5 2 5 2s2.5-2 4.5-2V28H1z" className="sl-mark-high" />
      <path d="M21.5 21c2.2 0 2.2 1.6 4.6 1.6S28.7 21 31 21v7h-9.5z" className="sl-mark-low" />
      <path d="M10.5 3h3v25h-3zM18.5 3h3v25h-3zM10.5 3h11v3h-11z" className="sl-mark-gate" />
      <path d="M14.5 10h3v11.5h-3z" className="sl-mark-door" />
    </svg>
  );
}
