/** A link between the pages: another page without a load, a new tab where that is asked for. */
import type { ComponentChildren } from 'preact';
import { go } from './address.ts';

interface LinkProps {
  readonly href: string;
  readonly class?: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

export function Link({ href, current, children, ...rest }: LinkProps) {
  return (
    <a
      href={href}
      {...rest}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </a>
  );
}
