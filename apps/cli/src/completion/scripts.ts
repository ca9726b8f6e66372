import type { Place } from './words.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const flagsOf = (place: Place): string[] => place.options.flatMap((option) => option.flags);

/** The cases of a shell's `case` over the last option: its values, or files where it takes anything. */
function valueCases(places: readonly Place[]): string {
  const options = new Map(
    places
      .flatMap((place) => place.options)
      .filter((option) => option.takesValue)
      .map((option) => [option.flags.join('|'), option]),
  );
  return [...options.values()]
    .map(
      ({ flags, values }) =>
        `    ${flags.join('|')}) COMPREPLY=(${values.length > 0 ? `$(compgen -W ${quote(values.join(' '))} -- "$word")` : '$(compgen -f -- "$word")'}); return ;;`,
    )
    .join('\n');
}

function bash(places: readonly Place[]): string {
  const cases = places.map((place) => {
    const words = [...place.words.map(({ word }) => word), ...flagsOf(place)];
    return `    ${quote(place.path)}) words=${quote(words.join(' '))} ;;`;
  });
  const nouns = places.filter((place) => place.words.length > 0 && place.path !== '').map((place) => place.path);
  return `# bash completion of sluice. In ~/.bashrc: source <(sluice completion bash)
_sluice() {
  local word="\${COMP_WORDS[COMP_CWORD]}" last="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" each
  case "$last" in
${valueCases(places)}
  esac
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path" in
      ""|${nouns.join('|')}) [[ "$each" == -* ]] || path="\${path:+$path }$each" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ \${#COMPREPLY[@]} -eq 0 && "$word" != -* ]]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _sluice sluice
`;
}

const describe = (word: string, summary: string): string => quote(`${word.replaceAll(':', '\\:')}:${summary.replaceAll(':', ' -')}`);

function zsh(places: readonly Place[]): string {
  const cases = places.map((place) => {
    const words = [
      ...place.words.map(({ word, summary }) => describe(word, summary)),
      ...place.options.flatMap(({ flags, summary }) => flags.map((each) => describe(each, summary))),
    ];
    return `    ${quote(place.path)}) words_here=(${words.join(' ')}) ;;`;
  });
  const values = [
    ...new Map(
      places
        .flatMap((place) => place.options)
        .filter(({ values: choices }) => choices.length > 0)
        .map((option) => [option.flags.join('|'), option]),
    ).values(),
  ];
  const nouns = places.filter((place) => place.words.length > 0 && place.path !== '').map((place) => place.path);
  return `#compdef sluice
# zsh completion of sluice. In ~/.zshrc, after compinit: source <(sluice completion zsh)
_sluice() {
  local -a words_here
  local route="" each
  case "$words[CURRENT-1]" in
${values.map(({ flags, values: choices }) => `    ${flags.join('|')}) compadd -- ${choices.join(' ')}; return ;;`).join('\n')}
  esac
  for each in "\${(@)words[2,CURRENT-1]}"; do
    case "$route" in
      ""|${nouns.join('|')}) [[ "$each" == -* ]] || route="\${route:+$route }$each" ;;
    esac
  done
  case "$route" in
${cases.join('\n')}
  esac
  _describe 'sluice' words_here || _files
}
compdef _sluice sluice
`;
}

function fishCondition(path: string): string {
  return quote(path === '' ? '__sluice_at' : `__sluice_at ${path}`);
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap((place) => [
    ...place.words.map(
      ({ word, summary }) => `complete -c sluice -f -n ${fishCondition(place.path)} -a ${quote(word)} -d ${quote(summary)}`,
    ),
    ...place.options.map(({ flags, summary, values, takesValue }) => {
      const names = flags.map((each) => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`)).join(' ');
      const value = values.length > 0 ? ` -x -a ${quote(values.join(' '))}` : takesValue ? ' -r' : '';
      return `complete -c sluice -n ${fishCondition(place.path)} ${names}${value} -d ${quote(summary)}`;
    }),
  ]);
  const nouns = places.filter((place) => place.words.length > 0 && place.path !== '').map((place) => quote(place.path));
  return `# fish completion of sluice. Once: sluice completion fish > ~/.config/fish/completions/sluice.fish
function __sluice_at --description 'True when these words of sluice have been typed'
  set -l typed
  for each in (commandline -opc)[2..]
    if string match -q -- '-*' $each; continue; end
    if test (count $typed) -eq 0; or contains -- "$typed" ${nouns.join(' ')}
      set -a typed $each
    end
  end
  test "$typed" = "$argv"
end
${lines.join('\n')}
`;
}

/** The completion script for a shell. */
export function completionScript(shell: Shell, places: readonly Place[]): string {
  switch (shell) {
    case 'bash':
      return bash(places);
    case 'zsh':
      return zsh(places);
    case 'fish':
      return fish(places);
  }
}
