/** Ids of components in modules: `collect.default/prometheus.scrape.x` is `collect.default` to who looks from outside. */

/** The id in `moduleId` under which a component, or the module that holds it, is listed; undefined outside of it. */
export function localIn(moduleId: string, id: string): string | undefined {
  if (moduleId === '') return id.split('/', 1)[0];
  if (!id.startsWith(`${moduleId}/`)) return undefined;
  return id.slice(moduleId.length + 1).split('/', 1)[0];
}

export function fullId(moduleId: string, localId: string): string {
  return moduleId === '' ? localId : `${moduleId}/${localId}`;
}
