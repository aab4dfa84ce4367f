/** The addresses of the pages, Alloy's: `/`, `/graph`, `/graph/<module>`, `/component/<id>`. Ids hold slashes. */
import { useEffect, useState } from 'preact/hooks';

export type Place =
  | { readonly page: 'components' }
  | { readonly page: 'graph'; readonly moduleId: string }
  | { readonly page: 'component'; readonly id: string };

export function placeOf(path: string): Place {
  const [, first = '', ...rest] = path.split('/').map(decode);
  if (first === 'graph') return { page: 'graph', moduleId: rest.join('/') };
  if (first === 'component' && rest.length > 0) return { page: 'component', id: rest.join('/') };
  return { page: 'components' };
}

export function componentHref(id: string): string {
  return `/component/${encodePath(id)}`;
}

export function graphHref(moduleId: string): string {
  return moduleId === '' ? '/graph' : `/graph/${encodePath(moduleId)}`;
}

export function encodePath(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const MOVED = 'spillway-moved';

/** Goes to another page without loading one. */
export function go(href: string): void {
  history.pushState(null, '', href);
  dispatchEvent(new Event(MOVED));
  scrollTo(0, 0);
}

export function usePlace(): Place {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const onMove = () => setPath(location.pathname);
    for (const event of ['popstate', MOVED]) addEventListener(event, onMove);
    return () => {
      for (const event of ['popstate', MOVED]) removeEventListener(event, onMove);
    };
  }, []);
  return placeOf(path);
}
