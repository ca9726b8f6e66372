/** Major, minor, patch. Pre-releases are not told apart from the release they precede. */
type Version = readonly [number, number, number];
type Bound = { operator: '<' | '<=' | '>' | '>='; version: Version };

const comparatorPattern = /^(\^|~|>=|<=|>|<|=)?v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

function compare(left: Version, right: Version): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** The version that is the first one beyond all that `parts` (1 to 3 numbers) stand for. */
function after(parts: readonly number[], keep: number): Version {
  const kept = parts.slice(0, keep);
  const last = kept.length - 1;
  const raised = kept.map((part, index) => (index === last ? part + 1 : part));
  return [raised[0] ?? 0, raised[1] ?? 0, raised[2] ?? 0];
}

function boundsOf(comparator: string): Bound[] | undefined {
  const match = comparatorPattern.exec(comparator);
  if (match === null) return undefined;
  const operator = match[1] ?? '';
  const parts: number[] = [];
  for (const part of [match[2], match[3], match[4]]) {
    if (part === undefined || /^[xX*]$/.test(part)) break;
    parts.push(Number(part));
  }
  if (parts.length === 0) return [];
  const floor: Version = [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
  const between = (end: Version): Bound[] => [
    { operator: '>=', version: floor },
    { operator: '<', version: end },
  ];
  switch (operator) {
    case '>':
      return parts.length === 3 ? [{ operator: '>', version: floor }] : [{ operator: '>=', version: after(parts, parts.length) }];
    case '<=':
      return parts.length === 3 ? [{ operator: '<=', version: floor }] : [{ operator: '<', version: after(parts, parts.length) }];
    case '>=':
    case '<':
      return [{ operator, version: floor }];
    case '~':
      return between(after(parts, Math.min(parts.length, 2)));
    case '^': {
      const firstNonZero = parts.findIndex((part) => part > 0);
      return between(after(parts, firstNonZero === -1 ? parts.length : firstNonZero + 1));
    }
    default:
      return between(after(parts, parts.length));
  }
}

function fits(version: Version, bound: Bound): boolean {
  const order = compare(version, bound.version);
  switch (bound.operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/**
 * Whether a version lies in a range of npm's syntax: comparators, `^`, `~`, `x`, hyphens, and `||`.
 * A range that cannot be read fits nothing: a device must not guess.
 */
export function satisfiesRange(version: string, range: string): boolean {
  const parsed = parseVersion(version);
  if (parsed === undefined) return false;
  return range.split('||').some((part) => {
    const text = part
      .trim()
      .replace(/(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2')
      .replace(/(\^|~|>=|<=|>|<|=)\s+/g, '$1');
    const comparators = text === '' ? [] : text.split(/\s+/);
    const bounds = comparators.map(boundsOf);
    return bounds.every((each) => each?.every((bound) => fits(parsed, bound)) ?? false);
  });
}

/** Whether `version` is at least `minimum`; false when one of them cannot be read. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [left, right] = [parseVersion(version), parseVersion(minimum)];
  return left !== undefined && right !== undefined && compare(left, right) >= 0;
}
