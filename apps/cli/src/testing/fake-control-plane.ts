import type { Problem } from '@sluice/contracts';

export type SeenRequest = { method: string; path: string; headers: Headers; body: unknown; redirect: RequestInit['redirect'] };
export type FakeAnswer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'unreachable';

/** Answers requests from a table of `METHOD /path` (query left out); a list is answered one by one, its last for ever. */
export function createFakeControlPlane(answers: Readonly<Record<string, FakeAnswer | readonly FakeAnswer[]>>) {
  const seen: SeenRequest[] = [];
  const counts = new Map<string, number>();
  const answer: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    const key = `${init?.method ?? 'GET'} ${url.pathname}`;
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    seen.push({
      method: init?.method ?? 'GET',
      path: url.pathname + url.search,
      headers: new Headers(init?.headers),
      body,
      redirect: init?.redirect,
    });
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    const found = answers[key];
    const chosen = Array.isArray(found) ? (found[Math.min(count, found.length - 1)] as FakeAnswer) : (found as FakeAnswer | undefined);
    if (chosen === undefined) return Response.json(problem(404, 'NOT_FOUND', `nothing is prepared for ${key}`), { status: 404 });
    if (chosen === 'unreachable')
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });
    const { status = 200, headers = {} } = chosen;
    return chosen.body === undefined ? new Response(null, { status, headers }) : Response.json(chosen.body, { status, headers });
  };
  return { fetch: answer, seen };
}

export function problem(status: number, code: Problem['code'], detail: string): Problem {
  return { type: `https://sluice.example/problems/${code}`, title: code, status, code, detail, traceId: 'trace-1' };
}
