/** `spillway completion bash|zsh|fish`: a script made from the commands themselves, so that it cannot fall behind them. */
import { Argument, type Command, type Option } from 'commander';
import { fishCompletion } from './fish-completion.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

const INSTALL = `
To have it in every shell, with spillway on the PATH:
  bash  echo 'source <(spillway completion bash)' >> ~/.bashrc
  zsh   echo 'source <(spillway completion zsh)' >> ~/.zshrc      (behind compinit)
  fish  spillway completion fish > ~/.config/fish/completions/spillway.fish`;

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', INSTALL)
    .action((shell: string) => console.log(completionScript(program, shell)));
}

/** zsh runs bash's completion through bashcompinit. */
export function completionScript(program: Command, shell: string): string {
  if (shell === 'fish') return fishCompletion(program);
  const name = program.name();
  const commands = [...words(program, '')];
  const paths = commands.filter(([path]) => path !== '').map(([path]) => `'${path}'`);
  const cases = commands.map(([path, found]) => `    '${path}') words='${found.join(' ')}' ;;`);
  const values = [...choices(program, '')].map(([path, flag, found]) => `    '${path} ${flag}') words='${found}' ;;`);
  const prelude = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : '';
  return `${prelude}_${name}() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${paths.join('|')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$path \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}`;
}

/** Subcommands, flags and fixed values of arguments of each command, by its path (`token create`). */
function* words(command: Command, path: string): Generator<[path: string, words: string[]]> {
  const flags = command.options.flatMap(({ long }) => (long ? [long] : []));
  const fixed = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  yield [path, [...fixed, ...command.commands.map((sub) => sub.name()), ...flags, '--help']];
  for (const sub of command.commands) yield* words(sub, `${path} ${sub.name()}`.trim());
}

/** Options that take one of a few words. */
function* choices(command: Command, path: string): Generator<[path: string, flag: string, words: string]> {
  for (const { long, argChoices } of command.options as readonly Option[])
    if (long && argChoices !== undefined) yield [path, long, argChoices.join(' ')];
  for (const sub of command.commands) yield* choices(sub, `${path} ${sub.name()}`.trim());
}
