/** The flags that Grafana Agent was started with, as far as they change how its configuration is read. */

export interface StaticFlags {
  readonly expandEnv: boolean;
  readonly features: readonly string[];
}

/** Go's flags: one dash or two, the value after "=" or as the next argument. */
export function parseStaticFlags(args: readonly string[]): StaticFlags {
  let expandEnv = false;
  const features: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([^=]+)(?:=(.*))?$/.exec(args[i]!);
    const next = args[i + 1];
    const follows = next !== undefined && !next.startsWith('-') ? next : undefined;
    if (match?.[1] === 'config.expand-env') expandEnv = (match[2] ?? booleanOf(follows) ?? 'true') !== 'false';
    if (match?.[1] === 'enable-features') features.push(...(match[2] ?? follows ?? '').split(',').filter(Boolean));
  }
  return { expandEnv, features };
}

function booleanOf(text: string | undefined): string | undefined {
  return text === 'true' || text === 'false' ? text : undefined;
}
