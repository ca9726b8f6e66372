import type { Command } from 'commander';
import { completeNames } from '../completion/names.ts';
import { completionScript, shells } from '../completion/scripts.ts';
import { wordsOfProgram } from '../completion/words.ts';
import type { Run } from '../frame/define.ts';

/** Adds `completion`: it needs the whole program, so it is put in last. */
export function addCompletion(program: Command, { ports }: Pick<Run, 'ports'>): void {
  const completion = program
    .command('completion')
    .helpCommand(false)
    .description('A script that completes commands and options in your shell');
  for (const shell of shells) {
    completion
      .command(shell)
      .description(`For ${shell}`)
      .action(() => ports.stdout.write(completionScript(shell, wordsOfProgram(program))));
  }
  // What the scripts ask for: not for people, so it is not in any help.
  program
    .command('__names <placeholder> [typed]', { hidden: true })
    .helpCommand(false)
    .action(async (placeholder: string, typed: string | undefined) => {
      for (const name of await completeNames(ports, placeholder, typed ?? '')) ports.stdout.write(`${name}\n`);
    });
}
