// Runs nrlint in a thread of its own (flow-linter.ts): it is synchronous, may take seconds, and prints.
import { parentPort } from 'node:worker_threads';
import type { LintResult } from '@sluice/snapshot';
import linter from 'nrlint/lib/linter.js';
import functionRules from 'nrlint/lib/rules/function-eslint/index.js';
import flowRules from 'nrlint/lib/rules/index.js';
import { lintable, lintConfiguration } from './lint-rules.ts';

/** What the thread answers: what was found, or why nothing could be. */
export type LintAnswer = { results: LintResult[] } | { problem: string };

const resultsMax = 5_000;
const messageLengthMax = 300;
const locationsMax = 20;

const rules = new Map(Object.entries({ ...flowRules, ...functionRules }));
linter.init({ resolveRule: (name) => rules.get(name) });

function answerTo(flows: Uint8Array): LintAnswer {
  try {
    const nodes = JSON.parse(new TextDecoder().decode(flows)) as { [property: string]: unknown }[];
    const found = linter.lint(nodes.map(lintable), lintConfiguration).slice(0, resultsMax);
    return {
      results: found.map(({ rule, message, location, severity }) => ({
        rule,
        message: String(message).slice(0, messageLengthMax),
        location: location.slice(0, locationsMax),
        severity,
      })),
    };
  } catch (error) {
    // The message can quote flows, which may hold secrets: the kind of error must do.
    return { problem: error instanceof Error ? error.name : 'Error' };
  }
}

parentPort?.on('message', (flows: Uint8Array) => parentPort?.postMessage(answerTo(flows)));
