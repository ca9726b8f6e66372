/** The longest that a request is held. */
export const waitSecondsMax = 60;

/**
 * Seconds that the client is ready to wait for news (RFC 7240, `Prefer: wait=N`), at most 60; 0 when it does not say so.
 * Of several `wait` preferences the first counts (RFC 7240 section 2); what cannot be read is ignored, as the standard wants.
 */
export function preferredWaitSeconds(header: string | string[] | undefined): number {
  const preferences = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  for (const preference of preferences) {
    const match = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference);
    if (match !== null) return Math.min(Number(match[1]), waitSecondsMax);
  }
  return 0;
}

/** Whether `If-None-Match` names this entity tag (weak comparison, RFC 9110 section 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag) return true;
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });
}
