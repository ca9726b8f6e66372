// Reads sources with a real parser (TypeScript 7 has no compiler API; oxc-parser is what knip and vite use as well).
import { parseSync, Visitor } from 'oxc-parser';

export type ImportFact = {
  line: number;
  specifier: string;
  /** True only when nothing of the module is loaded at run time: `import { type A }` still loads it. */
  typeOnly: boolean;
  /** Imported names; `*` for the whole module, `default` for its default. */
  names: readonly string[];
};

/** A use of something that a rule may forbid: `Date.now`, `new Date()`, `setTimeout`, `process.env`, `fetch` … */
export type UseFact = { line: number; name: string };

/** A function and the number of its own lines: a function inside it counts as one line, for it has a size of its own. */
export type FunctionFact = { line: number; lines: number; name: string };

export type SourceFacts = {
  imports: readonly ImportFact[];
  uses: readonly UseFact[];
  functions: readonly FunctionFact[];
};

const GLOBAL_OBJECTS = new Set(['globalThis', 'window', 'self', 'global']);
const WATCHED_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'fetch']);
const WATCHED_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.env',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);

type Locate = (offset: number) => number;

function createLocate(text: string): Locate {
  const starts = [0];
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

type Module = ReturnType<typeof parseSync>['module'];

function nameOf(entry: { importName: { kind: string; name: string | null } }): string {
  if (entry.importName.kind === 'Name') return entry.importName.name ?? '*';
  return entry.importName.kind === 'Default' ? 'default' : '*';
}

function readImports(module: Module, text: string, locate: Locate): ImportFact[] {
  const statics = module.staticImports.map((item) => ({
    line: locate(item.start),
    specifier: item.moduleRequest.value,
    typeOnly: /^import\s+type\b/.test(text.slice(item.start, item.end)),
    names: item.entries.map(nameOf),
  }));
  const exports = module.staticExports.flatMap((item) =>
    item.entries.slice(0, 1).flatMap(({ moduleRequest }) =>
      moduleRequest === null
        ? []
        : [
            {
              line: locate(item.start),
              specifier: moduleRequest.value,
              typeOnly: /^export\s+type\b/.test(text.slice(item.start, item.end)),
              names: item.entries.map(nameOf),
            },
          ],
    ),
  );
  const dynamics = module.dynamicImports.flatMap((item) => {
    const request = text.slice(item.moduleRequest.start, item.moduleRequest.end);
    const literal = /^(['"`])([^'"`$]*)\1$/.exec(request)?.[2];
    return literal === undefined ? [] : [{ line: locate(item.start), specifier: literal, typeOnly: false, names: ['*'] }];
  });
  return [...statics, ...exports, ...dynamics];
}

type Node = { type: string; start: number; end: number };

function isIdentifier(node: Node): node is Node & { name: string } {
  return node.type === 'Identifier' && 'name' in node && typeof node.name === 'string';
}

function watchUses(uses: UseFact[], locate: Locate) {
  const add = (node: Node, name: string): void => void uses.push({ line: locate(node.start), name });
  return {
    CallExpression: (node: Node & { callee: Node }): void => {
      if (isIdentifier(node.callee) && WATCHED_CALLS.has(node.callee.name)) add(node, node.callee.name);
    },
    NewExpression: (node: Node & { callee: Node; arguments: readonly unknown[] }): void => {
      if (isIdentifier(node.callee) && node.callee.name === 'Date' && node.arguments.length === 0) add(node, 'new Date()');
    },
    MemberExpression: (node: Node & { object: Node; property: Node }): void => {
      if (!isIdentifier(node.object) || !isIdentifier(node.property)) return;
      if (GLOBAL_OBJECTS.has(node.object.name) && WATCHED_CALLS.has(node.property.name)) add(node, node.property.name);
      const name = `${node.object.name}.${node.property.name}`;
      if (WATCHED_MEMBERS.has(name)) add(node, name);
    },
  };
}

type FunctionSpan = { start: number; end: number; name: string };

function watchFunctions(spans: FunctionSpan[]) {
  const add = (node: Node & { id?: Node | null }): void => {
    const name = node.id !== undefined && node.id !== null && isIdentifier(node.id) ? node.id.name : 'function';
    spans.push({ start: node.start, end: node.end, name });
  };
  return { FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add };
}

/** Spans come in the order of their starts, so the functions that enclose a span are those on the stack that have not ended. */
function measureFunctions(spans: readonly FunctionSpan[], locate: Locate): FunctionFact[] {
  const facts: FunctionFact[] = [];
  const enclosing: { end: number; fact: FunctionFact }[] = [];
  for (const { start, end, name } of spans) {
    const line = locate(start);
    const fact = { line, lines: locate(end) - line + 1, name };
    while ((enclosing.at(-1)?.end ?? Number.POSITIVE_INFINITY) <= start) enclosing.pop();
    const parent = enclosing.at(-1);
    if (parent !== undefined) parent.fact.lines -= fact.lines - 1;
    facts.push(fact);
    enclosing.push({ end, fact });
  }
  return facts;
}

/** Parses one source. @throws Error naming the file when it does not parse */
export function parseSource(path: string, text: string): SourceFacts {
  const result = parseSync(path, text);
  const error = result.errors[0];
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  const locate = createLocate(text);
  const uses: UseFact[] = [];
  const spans: FunctionSpan[] = [];
  new Visitor({ ...watchUses(uses, locate), ...watchFunctions(spans) }).visit(result.program);
  return { imports: readImports(result.module, text, locate), uses, functions: measureFunctions(spans, locate) };
}
