import type { FlowNode } from '@sluice/snapshot';

/** Syntax of Node-RED's template nodes (`format`) → extension of the file. */
const templateExtensions: Readonly<Record<string, string>> = {
  handlebars: '.html',
  html: '.html',
  css: '.css',
  markdown: '.md',
  json: '.json',
  yaml: '.yaml',
  javascript: '.js',
  sql: '.sql',
  python: '.py',
};

const codeOfFunction = new Set(['func', 'initialize', 'finalize']);
const dashboardTemplates = new Set(['ui_template', 'ui-template']);
const queryProperties = new Set(['query', 'sql', 'sqlquery']);

/** What can be a file and come back: git shows text with NUL as binary, and half a surrogate does not exist in UTF-8. */
function fitsIntoFile(text: string): boolean {
  return text !== '' && !text.includes('\0') && text.isWellFormed();
}

function extensionOf(node: FlowNode, property: string, isOneLine: boolean): string | undefined {
  if (node.type === 'function' && codeOfFunction.has(property)) return '.js';
  if (node.type === 'template' && property === 'template') return templateExtensions[String(node['format'])] ?? '.txt';
  if (dashboardTemplates.has(node.type) && property === 'format') return '.html';
  if (isOneLine) return undefined;
  if (property === 'info') return '.md';
  return queryProperties.has(property) ? '.sql' : '.txt';
}

/** The main text of its node is named after the node alone. */
function isMain(node: FlowNode, property: string): boolean {
  return (node.type === 'function' && property === 'func') || (node.type === 'template' && property === 'template');
}

/**
 * Whether a property of a node stands in a file of its own, so that its lines are compared as lines: code, templates and whatever has several lines.
 * Undefined: it stays in the node.
 */
export function textFileOf(node: FlowNode, property: string): { extension: string; isMain: boolean } | undefined {
  const value = node[property];
  if (property === 'id' || property === 'type' || typeof value !== 'string') return undefined;
  const extension = extensionOf(node, property, !value.includes('\n'));
  return extension === undefined || !fitsIntoFile(value) ? undefined : { extension, isMain: isMain(node, property) };
}
