/** `spillway completion bash|zsh`: a script made from the commands themselves, so that it cannot fall behind them. */
import { Argument, type Command } from 'commander';

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script; bash: source <(spillway completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh']))
    .action((shell: string) => console.log(completionScript(program, shell)));
}

/** zsh runs bash's completion through bashcompinit. */
export function completionScript(program: Command, shell: string): string {
  const name = program.name();
  const commands = [...words(program, '')];
  const paths = commands.filter(([path]) => path !== '').map(([path]) => `'${path}'`);
  const cases = commands.map(([path, found]) => `    '${path}') words='${found.join(' ')}' ;;`);
  const prelude = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : '';
  return `${prelude}_${name}() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${paths.join('|')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}`;
}

/** Subcommands and flags of each command, by its path (`token create`). */
function* words(command: Command, path: string): Generator<[path: string, words: string[]]> {
  const flags = command.options.flatMap(({ long }) => (long ? [long] : []));
  yield [path, [...command.commands.map((sub) => sub.name()), ...flags, '--help']];
  for (const sub of command.commands) yield* words(sub, `${path} ${sub.name()}`.trim());
}
