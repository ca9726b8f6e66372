import type { RouteOptions } from 'fastify';

/** Remembers which methods each path takes, so that a wrong method is answered with 405 and `Allow` instead of 404. */
export type RouteTable = {
  add(route: Pick<RouteOptions, 'method' | 'url'>): void;
  /** The methods that the path takes; empty when there is no such path. */
  methodsOf(path: string): string[];
};

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.+*?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Makes an empty table; fill it from Fastify's `onRoute` hook. */
export function createRouteTable(): RouteTable {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  return {
    add: ({ method, url }) => {
      const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
      routes.set(url, route);
      for (const each of [method].flat()) route.methods.add(each);
    },
    methodsOf: (path) => {
      const found = [...routes].filter(([url, { pattern }]) => !url.endsWith('*') && pattern.test(path));
      return [...new Set(found.flatMap(([, { methods }]) => [...methods]))].sort();
    },
  };
}
