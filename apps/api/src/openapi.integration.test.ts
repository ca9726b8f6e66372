import { Type } from 'typebox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireDescription } from './http/openapi.ts';
import { type ApiUnderTest, startApi } from './testing/start-api.ts';

type Operation = {
  operationId?: string;
  tags?: string[];
  summary?: string;
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>;
  parameters?: { in: string; name: string; required?: boolean; schema?: object }[];
  security?: Record<string, string[]>[];
};
type OpenApi = {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
  tags: { name: string }[];
};

let api: ApiUnderTest;
let document: OpenApi;
let operations: { path: string; method: string; operation: Operation }[];

beforeAll(async () => {
  api = await startApi();
  const response = await api.app.inject({ url: '/api/openapi.json' });
  expect(response.headers['content-type']).toContain('application/json');
  document = response.json();
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
});
afterAll(() => api.close());

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => (name === '$ref' ? [String(member)] : references(member)));
}

it('when the document is read, it is OpenAPI 3.1 and every reference leads somewhere', () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Sluice' } });
  expect(operations.length).toBeGreaterThan(50);
  for (const reference of new Set(references(document))) {
    const name = /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1];
    expect(document.components.schemas, reference).toHaveProperty([name ?? '']);
  }
});

it('when an operation is described, it has a name of its own, a known chapter, a success answer with a schema, and problems', () => {
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
  const chapters = document.tags.map((tag) => tag.name);
  for (const { path, method, operation } of operations) {
    const where = `${method} ${path}`;
    expect(operation.operationId, where).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary, where).toBeTruthy();
    expect(chapters, where).toEqual(expect.arrayContaining(operation.tags ?? ['none']));
    const answers = Object.entries(operation.responses);
    const successes = answers.filter(([status]) => /^[23]/.test(status));
    expect(successes.length, where).toBeGreaterThan(0);
    for (const [status, answer] of successes) {
      if (!['204', '304'].includes(status)) expect(Object.values(answer.content ?? {})[0]?.schema, `${where} ${status}`).toBeDefined();
    }
    for (const [status, answer] of answers.filter(([each]) => /^[45]/.test(each))) {
      expect(answer.content, `${where} ${status}`).toHaveProperty(
        ['application/problem+json', 'schema', '$ref'],
        '#/components/schemas/Problem',
      );
    }
  }
});

it('when a path has parameters, each is declared and required', () => {
  for (const { path, method, operation } of operations) {
    const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(declared.map((parameter) => parameter.name).sort(), `${method} ${path}`).toEqual(inPath.sort());
    expect(declared.every((parameter) => parameter.required)).toBe(true);
  }
});

it('when an operation needs credentials, it says which, and those are declared', () => {
  for (const { path, method, operation } of operations) {
    const schemes = (operation.security ?? []).flatMap((each) => Object.keys(each));
    for (const scheme of schemes) expect(document.components.securitySchemes, `${method} ${path}`).toHaveProperty([scheme]);
    if (path.startsWith('/api/v1/organizations')) expect(schemes, `${method} ${path}`).toEqual(['session', 'apiToken']);
  }
});

it('when a route is not described, the server refuses it, unless it is hidden on purpose', () => {
  const answer = { 200: Type.Null() };
  const complete = { operationId: 'getThing', tags: ['devices'], response: answer };
  expect(() => requireDescription({ method: 'GET', url: '/a', schema: complete })).not.toThrow();
  expect(() => requireDescription({ method: 'GET', url: '/a', schema: { hide: true } })).not.toThrow();
  expect(() => requireDescription({ method: 'GET', url: '/a' })).toThrow(/GET \/a/);
  expect(() => requireDescription({ method: 'GET', url: '/a', schema: { tags: ['devices'], response: answer } })).toThrow();
  expect(() => requireDescription({ method: 'GET', url: '/a', schema: { ...complete, response: {} } })).toThrow();
});

it('when the page is opened, it shows the document', async () => {
  const page = await api.app.inject({ url: '/api/docs/' });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('swagger-ui');
});
