/** What the pages ask the agent for. */
import { fetchJson } from '../parts/http.ts';
import { encodePath } from './address.ts';
import type { ComponentDetail, ComponentView } from './api.ts';

const API = '/api/v0/web';
/** Bounds the requests of one look where a foreach made many modules. */
const MAX_MODULES = 200;

/** With the browser's own basic authentication, where the agent asks for one. */
async function load<T>(path: string, signal: AbortSignal): Promise<T> {
  return (await fetchJson<T>(`${API}${path}`, { signal, credentials: 'same-origin' })).body;
}

export function loadModule(moduleId: string, signal: AbortSignal): Promise<readonly ComponentView[]> {
  return load(moduleId === '' ? '/components' : `/modules/${encodePath(moduleId)}/components`, signal);
}

/** Components of the configuration and of all modules in it, each module behind the component that made it. */
export async function loadAll(signal: AbortSignal): Promise<readonly ComponentView[]> {
  let modules = 0;
  const withModules = async (moduleId: string): Promise<readonly ComponentView[]> => {
    const components = await loadModule(moduleId, signal);
    const inner = components.map(async (component) => {
      const created = (component.createdModuleIDs ?? []).slice(0, Math.max(0, MAX_MODULES - modules));
      modules += created.length;
      return [component, ...(await Promise.all(created.map(withModules))).flat()];
    });
    return (await Promise.all(inner)).flat();
  };
  return withModules('');
}

export function loadComponent(id: string, signal: AbortSignal): Promise<ComponentDetail> {
  return load(`/components/${encodePath(id)}`, signal);
}

export function graphStreamPath(moduleId: string, windowSeconds: number): string {
  return `${API}/graph${moduleId === '' ? '' : `/${encodePath(moduleId)}`}?window=${windowSeconds}`;
}

export function debugStreamPath(id: string, sampleProbability: number): string {
  return `${API}/debug/${encodePath(id)}?sampleProb=${sampleProbability}`;
}
