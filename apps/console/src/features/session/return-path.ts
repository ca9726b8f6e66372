/**
 * Where to go after signing in: a path of this console only, never another site's address that somebody put into a link.
 * What is no such path becomes `/`.
 */
export function safeReturnPath(value: unknown): string {
  if (typeof value !== 'string' || !/^\/(?![/\\])/.test(value)) return '/';
  const url = new URL(value, 'https://console.invalid');
  if (url.origin !== 'https://console.invalid' || url.pathname.startsWith('/sign-in')) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The one-time token of a sign-in link, from the fragment of its address (`#token=…`), which browsers never send to a server. */
export function tokenOfFragment(fragment: string): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/, '')).get('token');
  return token === null || token === '' ? null : token;
}
