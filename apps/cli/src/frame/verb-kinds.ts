import type { Command } from 'commander';

/** Verbs that change nothing at the control plane. Every other one can be tried out with `--dry-run`. */
const reading = new Set([
  'list',
  'get',
  'show',
  'watch',
  'diff',
  'check',
  'map',
  'export',
  'bundle',
  'verify-bundle',
  'findings',
  'rules',
  'devices',
  'preview',
  'simulate',
  'forecast',
  'deliveries',
  'blockers',
  'resolve',
]);

/** Of those, what a person may want to see again when it changes. */
const showing = new Set(['list', 'get', 'show', 'devices', 'deliveries', 'blockers']);

/** Nouns that live on this machine. */
const local = new Set(['context', 'completion']);

/** Whether the verb only shows something of the control plane, which changes: `--watch` shows it again. */
export function canBeWatched(parent: Command, name: string): boolean {
  return !local.has(parent.name()) && (showing.has(name) || parent.name() === 'explain');
}

/** Whether the verb changes something at the control plane. */
export function changesSomething(parent: Command, name: string): boolean {
  return !local.has(parent.name()) && !reading.has(name) && parent.name() !== 'explain';
}
