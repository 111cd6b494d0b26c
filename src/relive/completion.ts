/** Scripts that complete command lines. */

export interface Completable {
  readonly name: string;
  /** Commands and options that can be typed. */
  readonly words: readonly string[];
  /** What may follow an option that takes a value; none: a file name. `instances`: what the journals have. */
  readonly values: Readonly<Record<string, readonly string[] | 'directories' | 'instances'>>;
  /** One of its arguments may be the name of an instance. */
  readonly takesInstance: boolean;
  readonly children: readonly Completable[];
}

/** Every command with those around it: `relive config show`. */
function paths(command: Completable, around = ''): { path: string; command: Completable }[] {
  const path = around === '' ? command.name : `${around} ${command.name}`;
  return [{ path, command }, ...command.children.flatMap((child) => paths(child, path))];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function offer(words: Completable['values'][string]): string {
  if (words === 'directories') return 'files=directories';
  if (words === 'instances') return 'ask=1';
  return `reply=${quoted(words.join(' '))} files=${words.length === 0 ? 'any' : ''}`;
}

/** Cases of a shell: by command and option, then by command. */
function cases(programs: readonly Completable[]): string {
  const all = programs.flatMap((program) => paths(program));
  const values = all.flatMap(({ path, command }) =>
    Object.entries(command.values).map(
      ([option, words]) => `    ${quoted(`${path} ${option}`)}) ${offer(words)} ;;`,
    ),
  );
  const words = all.map(({ path, command }) => {
    const names = command.takesInstance ? ` ask=1` : '';
    return `    ${quoted(path)}) reply=${quoted(command.words.join(' '))}${names} ;;`;
  });
  const known = all.map(({ path }) => quoted(path)).join('|');
  return `  local at=$1 word next reply= files= ask=
  shift
  local current=$1 previous=$2
  shift 2
  for word in "$@"; do
    next="$at $word"
    case $next in
    ${known}) at=$next ;;
    esac
  done
  case "$at $previous" in
${values.join('\n')}
    *) case $at in
${words.join('\n')}
    esac ;;
  esac
  # Only the journals know the names; an option is none.
  case "$ask$current" in
    1-*) ;;
    1*) reply="$reply $("$_relived_program" completion names -- "$@" 2>/dev/null)" ;;
  esac`;
}

/** For bash 4 and later. */
export function bashCompletion(programs: readonly Completable[]): string {
  const names = programs.map(({ name }) => name).join(' ');
  return `# Completion of ${names} for bash: source <(relive completion bash)
_relived_complete() {
${cases(programs)}
  COMPREPLY=()
  [ -z "$reply" ] || COMPREPLY=($(compgen -W "$reply" -- "$current"))
  if [ "$files" = directories ]; then COMPREPLY=($(compgen -d -- "$current"))
  elif [ -n "$files" ] || [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
_relived() {
  local _relived_program=\${COMP_WORDS[0]}
  _relived_complete "\${COMP_WORDS[0]##*/}" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}" "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
}
complete -o filenames -F _relived ${names}`;
}

/** For zsh with compinit. */
export function zshCompletion(programs: readonly Completable[]): string {
  const names = programs.map(({ name }) => name).join(' ');
  return `#compdef ${names}
# Completion of ${names} for zsh: source <(relive completion zsh)
_relived_complete() {
${cases(programs)}
  [ -z "$reply" ] || compadd -- \${=reply}
  if [ "$files" = directories ]; then _files -/
  elif [ -n "$files" ] || [ -z "$reply" ] || [[ $current != -* ]]; then _files; fi
}
_relived() {
  local _relived_program=\${words[1]}
  _relived_complete "\${words[1]:t}" "\${words[CURRENT]}" "\${words[CURRENT-1]}" "\${(@)words[2,CURRENT-1]}"
}
compdef _relived ${names}`;
}
