import type { Command } from 'commander';
import { hasNames } from './names.ts';

/** What can follow one sequence of words: `rollout create` → its arguments, and its options with their values. */
export type Place = {
  /** The words so far, without the program's name; '' at the start. */
  path: string;
  summary: string;
  words: { word: string; summary: string }[];
  /** What its arguments are called, in their order, where there are names for them; else ''. The last counts for all that follow if it repeats. */
  names: string[];
  repeats: boolean;
  options: { flags: string[]; summary: string; values: string[]; takesValue: boolean /** As `names`. */; name: string }[];
};

const knownName = (name: string): string => (hasNames(name) ? name : '');

function placeOf(command: Command, path: string): Place {
  const help = command.createHelp();
  return {
    path,
    summary: command.description(),
    words: help.visibleCommands(command).map((each) => ({ word: each.name(), summary: each.description() })),
    names: command.registeredArguments.map((argument) => knownName(argument.name())),
    repeats: command.registeredArguments.at(-1)?.variadic ?? false,
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].flatMap((each) => each ?? []),
      summary: option.description,
      values: option.argChoices ?? [],
      takesValue: option.required || option.optional,
      name: option.long === '--context' ? 'context' : knownName(/<([^>]+)>/.exec(option.flags)?.[1] ?? ''),
    })),
  };
}

/** Every place of the program, the start first. */
export function wordsOfProgram(program: Command): Place[] {
  const walk = (command: Command, path: string): Place[] => [
    placeOf(command, path),
    ...command.commands.flatMap((each) =>
      each.name().startsWith('__') ? [] : walk(each, path === '' ? each.name() : `${path} ${each.name()}`),
    ),
  ];
  return walk(program, '');
}
