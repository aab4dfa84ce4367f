/** Arguments, exports or debug information: attributes as rows, blocks as groups of rows. */
import type { StatementJson } from '../../core/alloy/alloy-json.ts';
import { visibleText } from '../format/visible.ts';
import { valueText } from './value-text.ts';

/** More of one kind of block than a person reads; the rest is counted. */
const MAX_STATEMENTS = 200;
const MAX_VALUE = 20_000;

interface StatementsProps {
  readonly statements: readonly StatementJson[];
  readonly emptyText?: string;
}

export function Statements({ statements, emptyText }: StatementsProps) {
  if (statements.length === 0) return emptyText ? <p class="empty">{emptyText}</p> : null;
  const shown = statements.slice(0, MAX_STATEMENTS);
  return (
    <dl class="statements">
      {shown.map((statement, i) => (
        <Statement key={`${statement.name} ${i}`} statement={statement} />
      ))}
      {shown.length < statements.length && (
        <div class="statement">
          <dt class="muted">and {statements.length - shown.length} more</dt>
          <dd />
        </div>
      )}
    </dl>
  );
}

function Statement({ statement }: { statement: StatementJson }) {
  if (statement.type === 'attr') {
    const text = valueText(statement.value);
    const secret = statement.value.type === 'capsule' && statement.value.value === '(secret)';
    return (
      <div class="statement" data-statement={statement.name}>
        <dt>{visibleText(statement.name)}</dt>
        <dd>
          <pre class={secret ? 'value value-secret' : 'value'}>
            <bdi>{visibleText(text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text)}</bdi>
          </pre>
        </dd>
      </div>
    );
  }
  return (
    <div class="statement-block" data-statement={statement.name}>
      <dt>
        {visibleText(statement.name)}
        {statement.label ? ` ${JSON.stringify(statement.label)}` : ''}
      </dt>
      <dd>
        {statement.body.length === 0 ? (
          <span class="muted small">no arguments</span>
        ) : (
          <Statements statements={statement.body} />
        )}
      </dd>
    </div>
  );
}
