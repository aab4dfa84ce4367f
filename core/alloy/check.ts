/**
 * Checks configurations without building anything: structure, arguments, types. What only running components know is
 * unknown, and fits wherever its type does not rule it out.
 */
import { type Block, blockId } from './ast.ts';
import type { AnyComponentDefinition, Side } from './component.ts';
import { notRunning } from './component-node.ts';
import { type ConfigSource, type LanguageOptions, languageOf, planSources, sortDiagnostics } from './configuration.ts';
import { argumentsSchema } from './declared-arguments.ts';
import { decodeBody } from './decode.ts';
import { appendAll, type Diagnostic, diagnosticAt, hasErrors } from './diagnostics.ts';
import { foreachSchema } from './foreach-node.ts';
import { findMistakes } from './mistakes.ts';
import { argumentSchema, exportSchema } from './module.ts';
import { parseFile } from './parser.ts';
import { type Context, findCustom, type Language, type ModulePlan, type PlanNode } from './plan.ts';
import { planModule } from './planner.ts';
import { resolveId } from './references.ts';
import type { BodySchema, Decoded } from './schema.ts';
import { chainScopes, namesScope, type Scope, Unknown } from './scope.ts';
import type { Value } from './value-types.ts';
import { Secret } from './values.ts';

export interface CheckOptions<C extends Context>
  extends Pick<LanguageOptions<C>, 'blocks' | 'minStability' | 'communityComponents'> {
  /** True where `secret("name")` exists. Whether a secret of the name does is not checked. */
  readonly secrets?: boolean;
  /**
   * Whether what is known but does not run yet is a mistake, as it is to `run`. Otherwise it is a warning, because the
   * configuration is right. True at the edge unless told otherwise: there what is checked is what will run.
   */
  readonly strict?: boolean;
}

export function checkConfig<C extends Context>(
  sources: readonly ConfigSource[],
  registry: ReadonlyMap<string, AnyComponentDefinition<C>>,
  side: Side,
  options: CheckOptions<C> = {},
): Diagnostic[] {
  const language = checkedLanguage(registry, side, options);
  const { plan, diagnostics } = planSources(sources, language);
  const { strict = side === 'edge' } = options;
  return sortDiagnostics([...diagnostics, ...checkPlan(plan, language, strict)], sources);
}

/** Mistakes in the values of a plan, as far as they show without running components. */
export function checkPlan<C extends Context>(plan: ModulePlan<C>, language: Language<C>, strict = true): Diagnostic[] {
  const checker = new Checker(language, strict);
  checker.module(plan, namesScope(language.library));
  return checker.diagnostics;
}

/** The language with what depends on the machine left unknown. */
export function checkedLanguage<C extends Context>(
  registry: ReadonlyMap<string, AnyComponentDefinition<C>>,
  side: Side,
  options: CheckOptions<C>,
): Language<C> {
  const secret = options.secrets === true || side === 'edge' ? { secret: () => new Secret('') } : {};
  const language = languageOf({ registry, side, stdlib: { env: () => '', constants: {}, ...secret }, ...options });
  const library = new Map<string, Value>(language.library);
  const unknownCall: Value = { kind: 'function', name: 'sys.env', call: () => new Unknown() };
  library.set('constants', new Unknown());
  library.set('sys', new Map([['env', unknownCall]]));
  library.set('env', unknownCall);
  library.set('module_path', new Unknown());
  return { ...language, library };
}

/** Alloy types of exports, as definitions name them, to the capsule types that arguments expect. */
const CAPSULES: Readonly<Record<string, string>> = {
  MetricsReceiver: 'storage.Appendable',
  LogsReceiver: 'loki.LogsReceiver',
  Consumer: 'otelcol.Consumer',
  ProfilesReceiver: 'pyroscope.Appendable',
  Handler: 'otelcol.Handler',
  StorageHandler: 'extension.ExtensionHandler',
  RelabelRules: 'relabel.Rules',
};

/** Names that lead nowhere have their diagnostic from the planner; to the arguments around them they are unknown. */
const ANYTHING: Scope = { lookup: (path) => ({ value: new Unknown(), length: path.length }) };

class Checker<C extends Context> {
  readonly diagnostics: Diagnostic[] = [];
  readonly #language: Language<C>;
  readonly #strict: boolean;

  constructor(language: Language<C>, strict: boolean) {
    this.#language = language;
    this.#strict = strict;
  }

  module(plan: ModulePlan<C>, outer: Scope): void {
    const values = new Map(plan.nodes.map((node) => [node.id, exportsOf(node)] as const));
    const own: Scope = {
      lookup(path) {
        const id = resolveId(path, values);
        return id === undefined ? undefined : { value: values.get(id)!, length: id.split('.').length };
      },
    };
    const scope = chainScopes(own, outer, ANYTHING);
    for (const node of plan.nodes) this.#node(node, plan, scope);
    const library = namesScope(this.#language.library);
    for (const declaration of plan.environment.declarations.values()) {
      if (declaration.plan !== undefined) this.module(declaration.plan, library);
    }
  }

  #node(node: PlanNode<C>, plan: ModulePlan<C>, scope: Scope): void {
    switch (node.kind) {
      case 'declare':
        return;
      case 'component':
        this.#component(node.block, node.definition, scope);
        return;
      case 'import':
        this.#import(node, plan, scope);
        return;
      case 'config':
        this.#decode(node.handler.schema, node.block, scope);
        return;
      case 'argument':
        this.#decode(argumentSchema, node.block, scope);
        return;
      case 'export':
        this.#decode(exportSchema, node.block, scope);
        return;
      case 'custom':
        this.#custom(node, plan, scope);
        return;
      case 'foreach':
        this.#foreach(node, scope);
    }
  }

  #component(block: Block, definition: AnyComponentDefinition<C>, scope: Scope): void {
    const { errors, unsupported } = findMistakes(definition, block, scope, this.#contextOf(block));
    appendAll(this.diagnostics, errors);
    if (definition.declaredOnly) this.#notRunning(block);
    for (const diagnostic of unsupported) this.#unsupported(diagnostic);
  }

  /** The same on either side but for what only a host can do. */
  #contextOf(block: Block): C {
    const proxies = this.#language.side === 'host' ? { proxies: 'honoured' } : {};
    return { componentId: blockId(block), exportsChanged() {}, ...proxies } as unknown as C;
  }

  #notRunning(block: Block): void {
    this.#unsupported(diagnosticAt(block.nameSpan, notRunning(`component ${JSON.stringify(block.name)}`)));
  }

  #unsupported(diagnostic: Diagnostic): void {
    this.diagnostics.push(this.#strict ? diagnostic : { ...diagnostic, severity: 'warning' });
  }

  #custom(node: PlanNode<C> & { kind: 'custom' }, plan: ModulePlan<C>, scope: Scope): void {
    const target = findCustom(node.block.name, plan.environment);
    const declared = target?.kind === 'declared' ? target.declaration.plan : undefined;
    if (declared !== undefined) this.#decode(argumentsSchema(declared), node.block, scope);
  }

  #foreach(node: PlanNode<C> & { kind: 'foreach' }, scope: Scope): void {
    const { diagnostics } = decodeBody(foreachSchema, node.body, node.block.span, scope);
    appendAll(this.diagnostics, diagnostics);
    const variable = namesScope(new Map([[node.variable, new Unknown()]]));
    if (node.template !== undefined) this.module(node.template, chainScopes(variable, scope));
  }

  /** A text that is written out can be checked here and now; one that another component exports cannot. */
  #import(node: PlanNode<C> & { kind: 'import' }, _plan: ModulePlan<C>, scope: Scope): void {
    const args = this.#decode(node.definition.schema, node.block, scope);
    const content = args?.content;
    if (typeof content !== 'string') return;
    const { file, diagnostics } = parseFile(content, node.id);
    if (hasErrors(diagnostics)) {
      appendAll(this.diagnostics, diagnostics);
      return;
    }
    const planned = planModule(file.body, 'library', this.#language);
    appendAll(this.diagnostics, planned.diagnostics);
    this.module(planned.plan, namesScope(this.#language.library));
  }

  /** The arguments, where they are right and all but the capsules are known. */
  #decode(schema: BodySchema, block: Block, scope: Scope): Decoded<BodySchema> | undefined {
    const { args, diagnostics, unknownData } = decodeBody(schema, block.body, block.span, scope);
    appendAll(this.diagnostics, diagnostics);
    return unknownData ? undefined : args;
  }
}

function exportsOf<C extends Context>(node: PlanNode<C>): Value {
  if (node.kind === 'argument') return new Map([['value', new Unknown()]]);
  if (node.kind === 'component') {
    const names = Object.entries(node.definition.exports);
    return new Map(names.map(([name, type]) => [name, new Unknown(capsuleOf(type))] as const));
  }
  const declared = node.kind === 'custom' && node.target.kind === 'declared' ? node.target.declaration.plan : undefined;
  if (declared === undefined) return new Unknown();
  const names = declared.nodes.filter((each) => each.kind === 'export').map((each) => each.block.label);
  return new Map(names.map((name) => [name, new Unknown()] as const));
}

function capsuleOf(type: string): string {
  return CAPSULES[type] ?? (Object.values(CAPSULES).includes(type) ? type : '');
}
