import type { Command } from 'commander';

/** What can follow one sequence of words: `rollout create` → its options with their values. */
export type Place = {
  /** The words so far, without the program's name; '' at the start. */
  path: string;
  summary: string;
  words: { word: string; summary: string }[];
  options: { flags: string[]; summary: string; values: string[]; takesValue: boolean }[];
};

function placeOf(command: Command, path: string): Place {
  const help = command.createHelp();
  return {
    path,
    summary: command.description(),
    words: help.visibleCommands(command).map((each) => ({ word: each.name(), summary: each.description() })),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].flatMap((each) => each ?? []),
      summary: option.description,
      values: option.argChoices ?? [],
      takesValue: option.required || option.optional,
    })),
  };
}

/** Every place of the program, the start first. */
export function wordsOfProgram(program: Command): Place[] {
  const walk = (command: Command, path: string): Place[] => [
    placeOf(command, path),
    ...command.commands.flatMap((each) => walk(each, path === '' ? each.name() : `${path} ${each.name()}`)),
  ];
  return walk(program, '');
}
