/** Prometheus puts environment variables into external labels, and nowhere else: `${POD}`, `$POD`, `$$` for a dollar. */
import type { Environment } from '../conversion.ts';
import type { GlobalForm } from '../forms/prometheus.ts';

export function expandExternalLabels(global: GlobalForm, environment: Environment): GlobalForm {
  if (global.external_labels === undefined) return global;
  const expanded = [...global.external_labels].map(
    ([name, value]) => [name, expandVariables(value, environment)] as const,
  );
  return { ...global, external_labels: new Map(expanded) };
}

/** As Go's os.Expand. */
function expandVariables(text: string, environment: Environment): string {
  return text.replace(
    /\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|(\$))/g,
    (_, braced?: string, bare?: string, dollar?: string) => {
      return dollar ?? environment(braced ?? bare!) ?? '';
    },
  );
}
