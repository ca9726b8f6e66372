import type { FastifySchema, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ApiError } from '../problems/api-error.ts';
import { fieldErrorsOf } from './field-errors.ts';

const where = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' } as const;

/**
 * Texts of the query and the path as the numbers and booleans their schema asks for. Only exact forms are converted: `7`, never `7.9` or `1e3`;
 * everything else stays text and fails the schema.
 */
export function convertTexts(schema: unknown, values: unknown): unknown {
  const properties = (schema as { properties?: Record<string, { type?: unknown }> }).properties ?? {};
  const given = Object.entries((values ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    given.map(([name, value]) => [name, convertText(Object.hasOwn(properties, name) ? properties[name] : {}, value)]),
  );
}

function convertText(schema: { type?: unknown } | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (schema?.type === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (schema?.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/** Checks requests with TypeBox's compiled schemas: nothing is removed, defaulted or coerced in a body, and the list of errors is bounded. */
export const validatorCompiler: FastifySchemaCompiler<FastifySchema> = ({ schema, httpPart }) => {
  // Fastify hands over what the route gave: a TypeBox schema.
  const checker = Compile(schema as TSchema);
  const part = where[(httpPart ?? 'body') as keyof typeof where] ?? 'body';
  const converts = part === 'query' || part === 'path';
  return (value: unknown) => {
    const converted = converts ? convertTexts(schema, value) : value;
    if (checker.Check(converted)) return { value: converted };
    const errors = fieldErrorsOf(checker.Errors(converted));
    return { error: new ApiError('VALIDATION_FAILED', `The ${part} of the request is not valid: see errors.`, { errors }) };
  };
};
