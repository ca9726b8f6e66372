import type { Place } from './words.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const flagsOf = (place: Place): string[] => place.options.flatMap((option) => option.flags);

type Option = Place['options'][number];

/** The options with a value, each spelling once: what one is called means the same everywhere. */
function optionsWithValue(places: readonly Place[]): Option[] {
  const options = places.flatMap((place) => place.options).filter(({ takesValue }) => takesValue);
  return [...new Map(options.map((option) => [option.flags.join('|'), option])).values()];
}

/** The cases of bash's `case` over the last word: the values of an option, names, or files where it takes anything. */
function valueCases(places: readonly Place[]): string {
  const reply = ({ values, name }: Option): string => {
    if (values.length > 0) return `COMPREPLY=($(compgen -W ${quote(values.join(' '))} -- "$word"))`;
    return name === '' ? 'COMPREPLY=($(compgen -f -- "$word"))' : `_sluice_names ${name}`;
  };
  return optionsWithValue(places)
    .map((option) => `    ${option.flags.join('|')}) ${reply(option)}; return ;;`)
    .join('\n');
}

/** Shell code: for each place and each position of its arguments the kind of names that can stand there. */
function nameCases(places: readonly Place[]): string {
  return places
    .flatMap(({ path, names, repeats }) =>
      names.flatMap((name, index) => {
        if (name === '') return [];
        const isLast = repeats && index === names.length - 1;
        return [`    ${quote(`${path} `)}${isLast ? '*' : String(index)}) kind=${name} ;;`];
      }),
    )
    .join('\n');
}

function bash(places: readonly Place[]): string {
  const cases = places.map((place) => {
    const words = [...place.words.map(({ word }) => word), ...flagsOf(place)];
    return `    ${quote(place.path)}) words=${quote(words.join(' '))} ;;`;
  });
  const nouns = places.filter((place) => place.words.length > 0 && place.path !== '').map((place) => place.path);
  const valued = optionsWithValue(places).flatMap(({ flags }) => flags);
  return `# bash completion of sluice. In ~/.bashrc: source <(sluice completion bash)
_sluice_names() {
  local IFS=$'\\n'
  COMPREPLY=($(sluice __names "$1" "$word" 2>/dev/null))
}
_sluice() {
  local word="\${COMP_WORDS[COMP_CWORD]}" last="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" each before="" position=0 kind=""
  case "$last" in
${valueCases(places)}
  esac
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path" in
      ""|${nouns.join('|')}) [[ "$each" == -* ]] || path="\${path:+$path }$each" ;;
      *)
        case "$before" in
          ${valued.join('|')}) ;;
          *) [[ "$each" == -* ]] || position=$((position + 1)) ;;
        esac ;;
    esac
    before="$each"
  done
  case "$path $position" in
${nameCases(places)}
  esac
  if [[ -n "$kind" && "$word" != -* ]]; then
    _sluice_names "$kind"
    [[ \${#COMPREPLY[@]} -eq 0 ]] || return
  fi
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
  const valued = optionsWithValue(places);
  const reply = ({ values, name }: Option): string => {
    if (values.length > 0) return `compadd -- ${values.join(' ')}`;
    return name === '' ? '_files' : `_sluice_names ${name}`;
  };
  const nouns = places.filter((place) => place.words.length > 0 && place.path !== '').map((place) => place.path);
  return `#compdef sluice
# zsh completion of sluice. In ~/.zshrc, after compinit: source <(sluice completion zsh)
_sluice_names() {
  local -a found
  found=("\${(@f)$(sluice __names "$1" "$PREFIX" 2>/dev/null)}")
  compadd -- "\${(@)found:#}"
}
_sluice() {
  local -a words_here
  local route="" each before="" position=0 kind=""
  case "$words[CURRENT-1]" in
${valued.map((option) => `    ${option.flags.join('|')}) ${reply(option)}; return ;;`).join('\n')}
  esac
  for each in "\${(@)words[2,CURRENT-1]}"; do
    case "$route" in
      ""|${nouns.join('|')}) [[ "$each" == -* ]] || route="\${route:+$route }$each" ;;
      *)
        case "$before" in
          ${valued.flatMap(({ flags }) => flags).join('|')}) ;;
          *) [[ "$each" == -* ]] || position=$((position + 1)) ;;
        esac ;;
    esac
    before="$each"
  done
  case "$route $position" in
${nameCases(places)}
  esac
  [[ -n "$kind" && "$PREFIX" != -* ]] && _sluice_names "$kind" && return
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
    ...[...new Set(place.names)].flatMap((name) =>
      name === ''
        ? []
        : [`complete -c sluice -f -n ${fishCondition(place.path)} -a ${quote(`(sluice __names ${name} (commandline -ct) 2>/dev/null)`)}`],
    ),
    ...place.options.map(({ flags, summary, values, takesValue, name }) => {
      const spellings = flags.map((each) => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`)).join(' ');
      const names = name === '' ? '' : ` -x -a ${quote(`(sluice __names ${name} (commandline -ct) 2>/dev/null)`)}`;
      const value = values.length > 0 ? ` -x -a ${quote(values.join(' '))}` : names || (takesValue ? ' -r' : '');
      return `complete -c sluice -n ${fishCondition(place.path)} ${spellings}${value} -d ${quote(summary)}`;
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
