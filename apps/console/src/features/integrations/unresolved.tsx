/** What keeps a map from being exact. */
export function Unresolved({ unresolvedVariables, truncated }: { unresolvedVariables: readonly string[]; truncated: boolean }) {
  if (unresolvedVariables.length === 0 && !truncated) return null;
  return (
    <p
      className="sl-small sl-dim"
      style={{ borderBottom: '1px solid var(--sl-line)', margin: 0, overflowWrap: 'anywhere', padding: '8px 18px' }}
    >
      {unresolvedVariables.length === 0 ? '' : `Without a value here, or secret: ${unresolvedVariables.join(', ')}. `}
      {truncated ? 'Subflows nest so often that not every instance was looked at.' : ''}
    </p>
  );
}
