export type TestArguments = { only: readonly string[] | undefined; list: boolean };

/** Reads the arguments of the test command. @throws Error that names what is unknown and what there is */
export function readTestArguments(argv: readonly string[], stepNames: readonly string[]): TestArguments {
  let only: string[] | undefined;
  let list = false;
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index];
    if (argument === '--list') list = true;
    else if (argument === '--only') {
      index += 1;
      only = [...(only ?? []), ...(argv[index] ?? '').split(',')];
    } else throw new Error(`unknown argument ${argument}; known are --list and --only <${stepNames.join(',')}>`);
  }
  const unknown = (only ?? []).find((name) => !stepNames.includes(name));
  if (unknown !== undefined) throw new Error(`unknown step "${unknown}"; known are ${stepNames.join(', ')}`);
  return { only, list };
}
