/** `npm start --port=9000`, without the `--` in between: npm keeps the option and leaves a trace of it in the environment. */
import type { Command } from 'commander';

/**
 * What to tell who wrote that, or undefined. It is refused and not honoured: of `--port 9000` npm keeps the name alone, and
 * its next major version keeps no trace at all.
 */
export function keptByNpm(
  start: Command,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  // Another script of npm may run this command, with options of its own; `npx` is one of these.
  if (env.npm_lifecycle_event !== 'start' || args[0] !== start.name()) return undefined;
  const rest = args.slice(1);
  const kept = start.options.flatMap(({ long, flags, required, negate }) => {
    const name = long?.slice(2) ?? '';
    const value = env[`npm_config_${name.replaceAll('-', '_')}`];
    // Of `--no-open` npm makes `open=`.
    if (value === undefined || negate || given(rest, name)) return [];
    if (!required) return [value === '' ? `--no-${name}` : `--${name}`];
    // `--port 9000` is `port=true` and an argument.
    return [value === 'true' || value === '' ? flags : `--${name} ${quoted(value)}`];
  });
  if (kept.length === 0) return undefined;
  const names = kept.map((option) => option.split(' ', 1)[0]).join(', ');
  return `npm kept ${names} for itself: put -- in front of options, as in\n\n  npm start -- ${kept.join(' ')}\n`;
}

function given(args: readonly string[], name: string): boolean {
  return args.some((arg) => arg.replace(/=.*/s, '') === `--${name}`);
}

function quoted(value: string): string {
  return /^[\w./:@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
