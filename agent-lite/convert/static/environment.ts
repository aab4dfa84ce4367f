/** `-config.expand-env`: environment variables anywhere in the text, with defaults, as the agent expands them. */
import type { Environment } from '../conversion.ts';

/** `${NAME}`, `${NAME:-default}`, `${NAME:=default}`, without the colon too, and `$$` for a dollar. */
const VARIABLE = /\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=])((?:[^{}]|\{[^{}]*\})*))?\})/g;

export function expandEnvironment(text: string, environment: Environment): string {
  return text.replace(VARIABLE, (_, dollar?: string, name?: string, operator?: string, fallback?: string) => {
    if (dollar !== undefined) return '$';
    const value = environment(name!);
    const missing = operator?.startsWith(':') ? value === undefined || value === '' : value === undefined;
    return missing ? (fallback ?? '') : value!;
  });
}
