/** The id of a component, which may be broken into lines behind its dots and slashes only. */
import { Fragment } from 'preact';

export function ComponentId({ id }: { id: string }) {
  return (
    <bdi>
      {id.split(/(?<=[./])/).map((part, i) => (
        <Fragment key={`${i} ${part}`}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </bdi>
  );
}
