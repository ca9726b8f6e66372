const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

type RequestFacts = { method: string; headers: { [name: string]: string | string[] | undefined } };

/** Whether the browser says that a page of another site caused the request; false when nothing says where it comes from. */
export function isForeignBrowserRequest(request: RequestFacts, publicUrl: string): boolean {
  const evidence = request.headers['sec-fetch-site'] !== undefined || request.headers['origin'] !== undefined;
  return evidence && isCrossSite(request, publicUrl);
}

/**
 * Whether a request that carries a cookie may have been caused by a foreign site (OWASP CSRF Prevention Cheat Sheet, fetch metadata).
 * Browsers always send `Sec-Fetch-Site` to trustworthy origins, and `Origin` with every unsafe method; pages can forge neither.
 */
export function isCrossSite(request: RequestFacts, publicUrl: string): boolean {
  if (safeMethods.has(request.method)) return false;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = request.headers['origin'];
  if (typeof origin !== 'string' || !URL.canParse(origin)) return true;
  // The console may be reached under another name than the configured one (a tunnel, localhost): its own host counts, too.
  return origin !== new URL(publicUrl).origin && new URL(origin).host !== request.headers['host'];
}
