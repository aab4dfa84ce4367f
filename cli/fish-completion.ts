/** Completion for fish, which shows beside each word what it means. */
import type { Command, Option } from 'commander';

/** Names of values that are files, folders included. */
const FILE = /[<[](?:file|path|dir)\b/;

export function fishCompletion(program: Command): string {
  const name = program.name();
  const commands = [...walk(program, '')];
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [quote(path)]));
  return [
    `# fish completion of ${name}: ${name} completion fish > ~/.config/fish/completions/${name}.fish`,
    `function __${name}_at --argument-names wanted`,
    `    set --local path ''`,
    '    for word in (commandline --tokenize --current-process --cut-at-cursor)[2..]',
    `        set --local longer (string trim -- "$path $word")`,
    `        contains -- $longer ${paths.join(' ')}; and set path $longer`,
    '    end',
    '    test "$path" = "$wanted"',
    'end',
    `complete --command ${name} --erase`,
    `complete --command ${name} --no-files`,
    ...commands.flatMap(({ command, path }) => lines(name, command, path)),
  ].join('\n');
}

interface Found {
  readonly command: Command;
  readonly path: string;
}

function* walk(command: Command, path: string): Generator<Found> {
  yield { command, path };
  for (const sub of command.commands) yield* walk(sub, `${path} ${sub.name()}`.trim());
}

function lines(name: string, command: Command, path: string): string[] {
  const at = `complete --command ${name} --condition ${quote(`__${name}_at ${quote(path)}`)}`;
  const subs = command.commands.map((sub) => `${at} --arguments ${sub.name()} ${described(sub.description())}`);
  const fixed = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const takesFile = command.registeredArguments.some((argument) => argument.name() === 'file');
  return [
    ...subs,
    ...(fixed.length === 0 ? [] : [`${at} --arguments ${quote(fixed.join(' '))}`]),
    ...(takesFile ? [`${at} --force-files`] : []),
    ...command.options.map((option) => `${at} ${optionText(option)}`),
    `${at} --short-option h --long-option help ${described('show the help')}`,
  ];
}

function optionText({ short, long, flags, required, optional, argChoices, description }: Option): string {
  const names = [
    ...(short ? [`--short-option ${short.slice(1)}`] : []),
    ...(long ? [`--long-option ${long.slice(2)}`] : []),
  ];
  const value = argChoices !== undefined ? `--exclusive --arguments ${quote(argChoices.join(' '))}` : valueText(flags);
  return [...names, ...(required || optional ? [value] : []), described(description)].join(' ');
}

function valueText(flags: string): string {
  return FILE.test(flags) ? '--require-parameter --force-files' : '--exclusive';
}

function described(text: string): string {
  return `--description ${quote(text)}`;
}

/** In fish's single quotes only these two mean something. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
