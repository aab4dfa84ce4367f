/** The bar at the top, with the way between the pages. */
import type { ComponentChildren } from 'preact';
import { Header } from '../parts/header.tsx';
import { graphHref } from './address.ts';
import { Link } from './link.tsx';

export function Bar({ page, children }: { page: 'components' | 'graph' | 'component'; children?: ComponentChildren }) {
  return (
    <Header title="agent-lite" place={location.host} icon="/icon.svg">
      <nav class="pages" aria-label="Pages">
        <Link href="/" current={page === 'components'}>
          Components
        </Link>
        <Link href={graphHref('')} current={page === 'graph'}>
          Graph
        </Link>
      </nav>
      {children}
    </Header>
  );
}
