/** The mark of Sluice: a gate between two water levels. Decoration only: its neighbour says the name. */
export function SluiceMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M3 11.5c3 0 3 2.2 6 2.2s3-2.2 5.5-2.2V27H3z" className="sl-mark-high" />
      <path d="M17.5 20c2.6 0 2.6 1.8 5.4 1.8S25.6 20 29 20v7H17.5z" className="sl-mark-low" />
      <path d="M14.5 3h3v24h-3z" className="sl-mark-gate" />
      <path d="M11.5 6h9v2.8h-9z" className="sl-mark-gate" />
    </svg>
  );
}
