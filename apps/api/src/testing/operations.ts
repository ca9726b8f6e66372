import type { ApiUnderTest } from './start-api.ts';

/** One operation of the OpenAPI document, with its path in the document's form. */
export type ApiOperation = {
  operationId: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Whether it takes a body of JSON. */
  hasBody: boolean;
  /** Whether it answers page by page. */
  isPaged: boolean;
};

type Documented = { operationId: string; requestBody?: { content: Record<string, unknown> }; parameters?: { name: string }[] };

/** Every operation of the running API, from its own document. */
export async function listOperations(api: ApiUnderTest): Promise<ApiOperation[]> {
  const response = await api.app.inject({ url: '/api/openapi.json' });
  const { paths } = response.json() as { paths: Record<string, Record<string, Documented>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId, requestBody, parameters = [] }]) => ({
      operationId,
      method: method.toUpperCase() as ApiOperation['method'],
      path,
      hasBody: Object.keys(requestBody?.content ?? {}).includes('application/json'),
      isPaged: parameters.some(({ name }) => name === 'cursor'),
    })),
  );
}

/** The path with its parameters filled in: those given, else `otherwise`. */
export function fillPath(path: string, values: Readonly<Record<string, string>>, otherwise: string): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) => values[name] ?? (name.endsWith('Index') ? '0' : otherwise));
}
