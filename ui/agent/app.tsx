/** The page that the address names. */
import { usePlace } from './address.ts';
import { ComponentListPage } from './component-list.tsx';
import { ComponentPage } from './component-page.tsx';
import { GraphPage } from './graph-page.tsx';

export function App() {
  const place = usePlace();
  switch (place.page) {
    case 'graph':
      return <GraphPage key={place.moduleId} moduleId={place.moduleId} />;
    case 'component':
      return <ComponentPage key={place.id} id={place.id} />;
    case 'components':
      return <ComponentListPage />;
  }
}
