/**
 * The formatter: a syntax tree to text as `alloy fmt` lays it out. Tabs, `=` aligned over consecutive lines, a blank line
 * between blocks, the author's line breaks in lists and objects, comments where they were. Formatting twice changes nothing.
 */
import type {
  ArrayExpression,
  Attribute,
  Block,
  Body,
  CallExpression,
  Expression,
  File,
  ObjectExpression,
  ObjectField,
  Statement,
} from './ast.ts';
import type { Diagnostic } from './diagnostics.ts';
import { hasErrors } from './diagnostics.ts';
import { characterSpan, Layout } from './layout.ts';
import { parseFile } from './parser.ts';
import { firstLine, lastLine, type Span } from './source.ts';

export type Formatted =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * A comment in an odd place can move to another line, and then the rows around it align differently. So the result is
 * laid out again until it stays: for nearly every text that is one look more.
 */
const MAX_PASSES = 6;

export function formatFile(text: string, filename = ''): Formatted {
  const { file, diagnostics } = parseFile(text, filename);
  if (hasErrors(diagnostics)) return { ok: false, diagnostics };
  let printed = printFile(file);
  for (let pass = 1; pass < MAX_PASSES; pass++) {
    const again = printFile(parseFile(printed, filename).file);
    if (again === printed) break;
    printed = again;
  }
  return { ok: true, text: printed };
}

export function printFile(file: File): string {
  const printer = new Printer(new Layout(file.comments));
  printer.body(file.body);
  return printer.layout.finish() || '\n';
}

class Printer {
  readonly layout: Layout;

  constructor(layout: Layout) {
    this.layout = layout;
  }

  body(body: Body): void {
    body.forEach((statement, i) => {
      const before = body[i - 1];
      if (before !== undefined && wantsBlankLine(before, statement)) this.layout.pend('break');
      const firstRow = statement.kind === 'attribute' ? this.#attribute(statement) : this.#block(statement);
      // What takes several rows ends the run of aligned ones.
      this.layout.pend(this.layout.row > firstRow ? 'break' : 'newline');
    });
  }

  /** Like `#block`, gives the row it starts on. */
  #attribute({ name, value }: Attribute): number {
    this.layout.token(name.name, name.span);
    const firstRow = this.layout.row;
    this.#assign(value);
    return firstRow;
  }

  #assign(value: Expression): void {
    this.layout.pend('soft');
    this.layout.mark('=');
    this.layout.pend('space');
    this.#expression(value);
  }

  #block(block: Block): number {
    const { layout } = this;
    layout.token(block.name, block.nameSpan);
    const firstRow = layout.row;
    if (block.label !== '') {
      layout.pend('space');
      layout.token(`"${block.label}"`, block.labelSpan!);
    }
    layout.pend('space');
    layout.token('{', block.open);
    layout.pend('indent');
    if (block.body.length === 0) layout.pend('space');
    else {
      layout.pend('break');
      this.body(block.body);
    }
    layout.pend('unindent');
    layout.token('}', block.close);
    return firstRow;
  }

  #expression(expression: Expression): void {
    const { layout } = this;
    switch (expression.kind) {
      case 'literal':
        layout.token(expression.text, expression.span);
        return;
      case 'identifier':
        layout.token(expression.name, expression.span);
        return;
      case 'array':
        this.#array(expression);
        return;
      case 'object':
        this.#object(expression);
        return;
      case 'access':
        this.#expression(expression.value);
        // "1.x" would be read as the number "1." and a name.
        if (expression.value.kind === 'literal' && expression.value.type === 'NUMBER') layout.pend('space');
        layout.mark('.');
        layout.token(expression.name.name, expression.name.span);
        return;
      case 'index':
        this.#expression(expression.value);
        layout.token('[', expression.open);
        this.#expression(expression.index);
        layout.token(']', closing(expression.span));
        return;
      case 'call':
        this.#call(expression);
        return;
      case 'unary':
        layout.token(expression.operator, characterSpan(expression.span.source, expression.span.start));
        this.#expression(expression.value);
        return;
      case 'binary':
        this.#expression(expression.left);
        layout.pend('space');
        layout.token(expression.operator, expression.operatorSpan);
        layout.pend('space');
        this.#expression(expression.right);
        return;
      case 'paren':
        layout.token('(', characterSpan(expression.span.source, expression.span.start));
        this.#expression(expression.inner);
        layout.token(')', closing(expression.span));
    }
  }

  #call(expression: CallExpression): void {
    this.#expression(expression.value);
    this.layout.token('(', expression.open);
    this.#list(expression.args, expression.open, closing(expression.span));
    this.layout.token(')', closing(expression.span));
  }

  #array(expression: ArrayExpression): void {
    const open = characterSpan(expression.span.source, expression.span.start);
    this.layout.token('[', open);
    this.#list(expression.elements, open, closing(expression.span));
    this.layout.token(']', closing(expression.span));
  }

  /** An element on a line of its own is indented; one on the line of the element before it is not. */
  #list(elements: readonly Expression[], open: Span, close: Span): void {
    let previous = open;
    elements.forEach((element, i) => {
      const ownLine = lastLine(previous) !== firstLine(element.span);
      if (ownLine) this.layout.pend('indent', 'break');
      else if (i > 0) this.layout.pend('space');
      this.#expression(element);
      if (i + 1 < elements.length) this.layout.mark(',');
      if (ownLine) this.layout.pend('unindent');
      previous = element.span;
    });
    if (elements.length > 0 && lastLine(previous) !== firstLine(close)) {
      this.layout.mark(',');
      // Indented up to the closing bracket, so that comments after the last element are.
      this.layout.pend('indent', 'break', 'unindent');
    }
  }

  #object({ fields, span }: ObjectExpression): void {
    const { layout } = this;
    const open = characterSpan(span.source, span.start);
    const close = closing(span);
    layout.token('{', open);
    layout.pend('indent');
    let previous = open;
    let oneRow = false;
    fields.forEach((field, i) => {
      if (lastLine(previous) !== firstLine(field.nameSpan)) layout.pend(oneRow ? 'newline' : 'break');
      else if (i > 0) layout.pend('space');
      layout.token(keyText(field), field.nameSpan);
      const firstRow = layout.row;
      this.#assign(field.value);
      oneRow = layout.row === firstRow;
      if (i + 1 < fields.length) layout.mark(',');
      // The name, not the value: after a value of several lines Alloy always starts a new line.
      previous = field.nameSpan;
    });
    if (fields.length > 0 && lastLine(previous) !== firstLine(close)) {
      layout.mark(',');
      layout.pend('break');
    }
    layout.pend('unindent');
    layout.token('}', close);
  }
}

/**
 * Keys in backquotes get quotes, as Alloy writes them. Not so where that changes the key: escapes in keys have no meaning,
 * yet `alloy fmt` escapes the text of every quoted key again, each time it runs.
 */
function keyText({ name, nameText }: ObjectField): string {
  return nameText.startsWith('`') && !/["\\\n]/.test(name) ? `"${name}"` : nameText;
}

function wantsBlankLine(before: Statement, statement: Statement): boolean {
  return statement.kind === 'block' || firstLine(statement.span) - lastLine(before.span) > 1;
}

function closing(span: Span): Span {
  return characterSpan(span.source, span.end - 1);
}
