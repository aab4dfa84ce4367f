import { beforeEach, describe, expect, it } from 'vitest';
import type { ComponentContext } from './component.ts';
import { defineConfigBlock } from './config-block.ts';
import { Controller } from './controller.ts';
import { type Diagnostic, diagnosticLine } from './diagnostics.ts';
import { body, t, withDefault } from './schema.ts';
import { Unknown } from './scope.ts';
import { createBench, type Recorded, type TestBench, testRegistry } from './test-components.ts';

let bench: TestBench;
let late: string[];
let exits: string[];

beforeEach(() => {
  bench = createBench();
  late = [];
  exits = [];
});

function controller(
  options: { blocks?: Parameters<typeof blockMap>; experimental?: boolean } = {},
): Controller<ComponentContext> {
  return new Controller({
    registry: new Map(testRegistry(bench).map((definition) => [definition.name, definition] as const)),
    side: 'host',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged }),
    stdlib: { env: () => undefined, constants: {} },
    onDiagnostics: (diagnostics) => late.push(...messages(diagnostics)),
    onExit: (id, error) => exits.push(`${id}: ${error instanceof Error ? error.message : error}`),
    ...(options.blocks ? { blocks: blockMap(...options.blocks) } : {}),
    ...(options.experimental ? { minStability: 'experimental' } : {}),
  });
}

function blockMap(...applied: [unknown[]]) {
  const logging = defineConfigBlock({
    name: 'logging',
    stability: 'generally-available',
    schema: body({ level: withDefault(t.oneOf('info', 'debug'), 'info') }),
    apply: (args) => void applied[0].push(args?.level),
  });
  return new Map([[logging.name, logging]]);
}

function messages(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(diagnosticLine);
}

function load(target: Controller<ComponentContext>, text: string) {
  const { ok, applied, diagnostics } = target.load([{ filename: 'c', text }]);
  return { ok, applied, messages: messages(diagnostics) };
}

/** What happened since the last look, short. */
function events(): string[] {
  return bench.events.splice(0).map(show);
}

function show({ event, id, args }: Recorded): string {
  const text = (args as { text?: string; value?: unknown } | undefined)?.text;
  return `${event} ${id}${text ? ` ${text}` : ''}`;
}

const chain = `
test.sink "end" { text = test.source.middle.out }
test.source "middle" { value = test.source.start.out }
test.source "start" { value = "one" }
`;

describe('first load', () => {
  it('evaluates in order of dependency, whatever the order of the text', () => {
    expect(load(controller(), chain)).toEqual({ ok: true, applied: true, messages: [] });
    expect(events()).toEqual(['create test.source.start', 'create test.source.middle', 'create test.sink.end one']);
  });

  it('joins the files of a folder', () => {
    const target = controller();
    const result = target.load([
      { filename: 'a', text: 'test.sink "x" { text = test.source.y.out }' },
      { filename: 'b', text: 'test.source "y" { value = "v" }\ntest.sink "x" { }' },
    ]);
    expect(messages(result.diagnostics)).toEqual(['b:2:1: block test.sink.x already declared at a:1:1']);
  });

  it('runs nothing when a value is wrong, and reports the mistakes of all components at once', () => {
    const target = controller();
    const result = load(
      target,
      'test.sink "a" { text = [] }\ntest.source "b" { max = 11 }\ntest.sink "c" { nope = 1 }',
    );
    expect(result).toEqual({
      ok: false,
      applied: false,
      messages: [
        'c:1:24: [] should be string, got array',
        'c:2:19: max must not be above 10',
        'c:3:17: unrecognized attribute name "nope"',
      ],
    });
    target.start();
    expect(target.components()).toEqual([]);
    expect(events().filter((event) => event.startsWith('run'))).toEqual([]);
  });

  it('reports mistakes of structure and of values together', () => {
    const { messages: said } = load(controller(), 'nothing "x" { }\ntest.sink "s" { text = [] }');
    expect(said).toEqual([
      'c:1:1: cannot find the definition of component name "nothing"',
      'c:2:24: [] should be string, got array',
    ]);
  });

  it('says nothing more of what depends on a component that could not be built', () => {
    const { messages: said } = load(
      controller(),
      'test.source "a" { max = 11 }\ntest.sink "b" { text = test.source.a.out }',
    );
    expect(said).toEqual(['c:1:19: max must not be above 10']);
  });

  it('may be tried again after it failed', () => {
    const target = controller();
    expect(load(target, 'nonsense { }').ok).toBe(false);
    expect(load(target, 'test.source "a" { max = 11 }').ok).toBe(false);
    expect(load(target, chain).ok).toBe(true);
    expect(target.components().map((each) => each.health.state)).toEqual(['healthy', 'healthy', 'healthy']);
  });
});

describe('a failed first load', () => {
  it('leaves nothing behind that could still be evaluated', async () => {
    const target = controller();
    load(
      target,
      'test.source "a" { value = "x" }\ntest.sink "s" { text = test.source.a.out }\ntest.sink "bad" { text = [] }',
    );
    events();
    bench.exported.set('test.source.a', 'y');
    bench.contexts.get('test.source.a')!.exportsChanged();
    await target.settled();
    expect(events()).toEqual([]);
  });
});

describe('reload', () => {
  it('leaves what runs untouched when the structure is wrong', () => {
    const target = controller();
    load(target, chain);
    target.start();
    events();
    const result = load(target, 'test.source "start" { value = 2 }\ntest.sink "end" { text = none.at.all }');
    expect(result).toMatchObject({ ok: false, applied: false });
    expect(events()).toEqual([]);
    expect(target.components()).toHaveLength(3);
  });

  it('applies the rest when a value is wrong; what failed keeps its last good arguments and is unhealthy', () => {
    const target = controller();
    load(target, 'test.sink "a" { text = "good" }\ntest.sink "b" { text = "old" }');
    target.start();
    events();
    const result = load(
      target,
      'test.sink "a" { text = [] }\ntest.sink "b" { text = "new" }\ntest.sink "c" { text = true }',
    );
    expect(result).toEqual({
      ok: false,
      applied: true,
      messages: ['c:1:24: [] should be string, got array', 'c:3:24: true should be string, got bool'],
    });
    expect(events()).toEqual(['update test.sink.b new']);
    expect(target.component('test.sink.a')).toMatchObject({ args: { text: 'good' }, health: { state: 'unhealthy' } });
    expect(target.component('test.sink.a')?.health.message).toContain('should be string');
    expect(target.component('test.sink.c')?.component).toBeUndefined();
    load(target, 'test.sink "a" { text = "good" }');
    expect(target.component('test.sink.a')?.health.state).toBe('healthy');
  });

  it('does not update a component whose arguments are what they were', () => {
    const target = controller();
    load(target, chain);
    events();
    load(target, `// only a comment more\n${chain}`);
    expect(events()).toEqual([]);
  });

  it('stops what is gone and starts what is new', async () => {
    const target = controller();
    load(target, 'test.sink "a" { }');
    target.start();
    load(target, 'test.sink "b" { }');
    expect(events()).toEqual([
      'create test.sink.a',
      'run test.sink.a',
      'stop test.sink.a',
      'create test.sink.b',
      'run test.sink.b',
    ]);
    await target.stop();
    expect(events()).toEqual(['stop test.sink.b']);
    expect(exits).toEqual([]);
  });
});

describe('changed exports', () => {
  async function change(target: Controller<ComponentContext>, id: string, value: string): Promise<void> {
    bench.exported.set(id, value);
    bench.contexts.get(id)!.exportsChanged();
    await target.settled();
  }

  it('are followed through the graph', async () => {
    const target = controller();
    load(target, chain);
    events();
    await change(target, 'test.source.start', 'two');
    expect(events()).toEqual(['update test.source.middle', 'update test.sink.end two']);
  });

  it('of one turn are followed together', async () => {
    const target = controller();
    const text = 'test.source "a" { value = "" }\ntest.source "b" { value = "" }\n';
    load(target, `${text}test.sink "s" { text = test.source.a.out + test.source.b.out }`);
    bench.exported.set('test.source.a', '1').set('test.source.b', '2');
    bench.contexts.get('test.source.a')!.exportsChanged();
    bench.contexts.get('test.source.b')!.exportsChanged();
    bench.contexts.get('test.source.a')!.exportsChanged();
    events();
    await target.settled();
    expect(events()).toEqual(['update test.sink.s 12']);
  });

  it('that are equal to those before touch nothing', async () => {
    const target = controller();
    load(target, chain);
    await change(target, 'test.source.start', 'two');
    events();
    await change(target, 'test.source.start', 'two');
    expect(events()).toEqual([]);
  });

  it('that do not fit make only their dependant unhealthy, and it recovers', async () => {
    const target = controller();
    load(target, 'test.source "a" { }\ntest.sink "s" { text = test.source.a.out }\ntest.sink "t" { }');
    bench.exported.set('test.source.a', [] as never);
    await change(target, 'test.source.a', [] as never);
    expect(late).toEqual(['c:2:24: test.source.a.out should be string, got array']);
    expect(target.components().map((each) => [each.id, each.health.state])).toEqual([
      ['test.source.a', 'healthy'],
      ['test.sink.s', 'unhealthy'],
      ['test.sink.t', 'healthy'],
    ]);
    await change(target, 'test.source.a', 'fine');
    expect(target.component('test.sink.s')?.health.state).toBe('healthy');
  });
});

describe('health', () => {
  it('is the least healthy of evaluation, run and what the component says', async () => {
    const target = controller();
    load(target, 'test.sink "a" { }\ntest.sink "b" { }\ntest.sink "c" { }');
    target.start();
    bench.health.set('test.sink.a', { state: 'unhealthy', message: 'no connection' });
    bench.finish.get('test.sink.b')!();
    bench.finish.get('test.sink.c')!(new Error('broke'));
    await Promise.resolve().then(() => Promise.resolve());
    await new Promise((resolve) => setImmediate(resolve));
    expect(target.components().map((each) => each.health)).toEqual([
      { state: 'unhealthy', message: 'no connection' },
      { state: 'exited', message: 'component shut down normally' },
      { state: 'exited', message: 'component shut down with error: broke' },
    ]);
    expect(exits).toEqual(['test.sink.b: undefined', 'test.sink.c: broke']);
  });
});

describe('config blocks', () => {
  it('are applied with each load, and go back to their defaults when they are left out', () => {
    const applied: unknown[] = [];
    const target = controller({ blocks: [applied] });
    load(target, 'logging { level = "debug" }');
    load(target, '');
    expect(applied).toEqual(['debug', undefined]);
    expect(load(target, 'logging { level = "loud" }').messages).toEqual([
      'c:1:19: "loud" should be one of "info", "debug"',
    ]);
    expect(load(target, 'logging { }\nlogging { }').messages).toEqual([
      'c:2:1: block logging already declared at c:1:1',
    ]);
    expect(load(target, 'logging "x" { }').messages).toEqual([
      'c:1:1: block "logging" does not support specifying labels',
    ]);
  });
});

describe('declare', () => {
  const module = `
declare "greet" {
  argument "name" { }
  argument "mark" {
    optional = true
    default  = "!"
  }
  test.sink "inner" { text = argument.name.value + argument.mark.value }
  test.source "out" { value = argument.name.value }
  export "said" { value = test.source.out.out + argument.mark.value }
}
`;

  it('makes custom components with arguments, defaults and exports', () => {
    const target = controller();
    const text = `${module}
greet "a" { name = "A" }
greet "b" {
  name = greet.a.said
  mark = "?"
}
test.sink "end" { text = greet.b.said }`;
    expect(load(target, text).messages).toEqual([]);
    expect(events()).toEqual([
      'create greet.a/test.sink.inner A!',
      'create greet.a/test.source.out',
      'create greet.b/test.sink.inner A!?',
      'create greet.b/test.source.out',
      'create test.sink.end A!?',
    ]);
  });

  it('shows which components refer to which through modules', () => {
    const target = controller();
    load(
      target,
      `${module}\ntest.source "s" { value = "x" }\ngreet "g" { name = test.source.s.out }\ntest.sink "end" { text = greet.g.said }`,
    );
    const edges = Object.fromEntries(target.components().map((each) => [each.id, each.references]));
    expect(edges).toEqual({
      'test.source.s': [],
      'greet.g/test.sink.inner': ['test.source.s'],
      'greet.g/test.source.out': ['test.source.s'],
      'test.sink.end': ['greet.g/test.source.out', 'test.source.s'],
    });
    expect(target.component('test.source.s')?.referencedBy).toContain('greet.g/test.sink.inner');
  });

  it('carries changes into a module and out of it', async () => {
    const target = controller();
    load(
      target,
      `${module}\ntest.source "s" { value = "x" }\ngreet "g" { name = test.source.s.out }\ntest.sink "end" { text = greet.g.said }`,
    );
    events();
    bench.exported.set('test.source.s', 'y');
    bench.contexts.get('test.source.s')!.exportsChanged();
    await target.settled();
    expect(events()).toEqual([
      'update greet.g/test.sink.inner y!',
      'update greet.g/test.source.out',
      'update test.sink.end y!',
    ]);
    bench.exported.set('greet.g/test.source.out', 'inside');
    bench.contexts.get('greet.g/test.source.out')!.exportsChanged();
    await target.settled();
    expect(events()).toEqual(['update test.sink.end inside!']);
  });

  it('finds names from the inside out, and not from the outside in', () => {
    const nested = `
declare "a" {
  declare "b" { test.sink "x" { text = "inner b" } }
  b "one" { }
  c "two" { }
}
declare "b" { test.sink "x" { text = "outer b" } }
declare "c" { b "three" { } }
a "r" { }
`;
    load(controller(), nested);
    expect(events()).toEqual(['create a.r/b.one/test.sink.x inner b', 'create a.r/c.two/b.three/test.sink.x outer b']);
    expect(load(controller(), 'declare "a" { declare "b" { } }\nb "x" { }').messages).toEqual([
      'c:2:1: cannot find the definition of component name "b"',
    ]);
  });

  it('sees no components around it', () => {
    const text = 'test.source "s" { }\ndeclare "a" { test.sink "x" { text = test.source.s.out } }';
    expect(load(controller(), text).messages).toEqual([
      'c:2:38: component "test.source.s.out" does not exist or is out of scope',
    ]);
  });

  it('reports a missing and an unknown argument where the custom component stands', () => {
    expect(load(controller(), `${module}\ngreet "g" { other = 1 }`).messages).toEqual([
      'c:13:1: missing required attribute "name"',
      'c:13:13: unrecognized attribute name "other"',
    ]);
  });

  it('stops the components of a module that is gone', async () => {
    const target = controller();
    load(target, `${module}\ngreet "g" { name = "x" }`);
    target.start();
    events();
    load(target, module);
    expect(events()).toEqual(['stop greet.g/test.sink.inner', 'stop greet.g/test.source.out']);
  });

  it('cannot be nested or multiplied without end', () => {
    const deep = Array.from({ length: 50 }, (_, i) => `declare "m${i}" { m${i + 1} "x" { } }`).join('\n');
    expect(load(controller(), `${deep}\ndeclare "m50" { }\nm0 "x" { }`).messages).toEqual([
      expect.stringContaining('modules are nested more than 32 levels deep'),
    ]);
    const wide = Array.from({ length: 20 }, (_, i) => `declare "m${i}" { m${i + 1} "x" { }\n m${i + 1} "y" { } }`).join(
      '\n',
    );
    const { ok, messages: said } = load(controller(), `${wide}\ndeclare "m20" { }\nm0 "x" { }`);
    expect(ok).toBe(false);
    expect(said[0]).toContain('more than 10000 components');
  });
});

describe('import.string', () => {
  it('makes the declarations of a text available under its label', () => {
    const library = JSON.stringify('declare "x" {\n argument "t" { }\n test.sink "s" { text = argument.t.value }\n}');
    expect(
      load(controller(), `import.string "lib" { content = ${library} }\nlib.x "one" { t = "hi" }`).messages,
    ).toEqual([]);
    expect(events()).toEqual(['create lib.x.one/test.sink.s hi']);
  });

  it('may import again inside the text', () => {
    const inner = JSON.stringify('declare "x" { test.sink "s" { text = "deep" } }');
    const library = JSON.stringify(`import.string "in" { content = ${inner} }\ndeclare "y" { in.x "i" { } }`);
    expect(
      load(controller(), `import.string "lib" { content = ${library} }\nlib.y "one" { }\nlib.in.x "two" { }`).messages,
    ).toEqual([]);
    expect(events()).toEqual(['create lib.y.one/in.x.i/test.sink.s deep', 'create lib.in.x.two/test.sink.s deep']);
  });

  it('follows a text that another component exports, and keeps the last good one', async () => {
    const target = controller();
    const text = (said: string): string => `declare "x" { test.sink "s" { text = "${said}" } }`;
    const source = `test.source "file" { value = ${JSON.stringify(text('first'))} }`;
    load(target, `${source}\nimport.string "lib" { content = test.source.file.out }\nlib.x "one" { }`);
    expect(events()).toContain('create lib.x.one/test.sink.s first');
    const change = async (content: string): Promise<void> => {
      bench.exported.set('test.source.file', content);
      bench.contexts.get('test.source.file')!.exportsChanged();
      await target.settled();
    };
    await change(text('second'));
    expect(events()).toEqual(['update lib.x.one/test.sink.s second']);
    await change('declare "x" {');
    expect(events()).toEqual([]);
    expect(late).toEqual(['import.string.lib:1:14: expected }, got EOF']);
    await change(text('third'));
    expect(events()).toEqual(['update lib.x.one/test.sink.s third']);
  });

  it('reports a text with mistakes again at each load, and takes it back once it is right', async () => {
    const target = controller();
    const config = 'test.source "file" { value = "" }\nimport.string "lib" { content = test.source.file.out }';
    load(target, config);
    const change = async (content: string): Promise<void> => {
      bench.exported.set('test.source.file', content);
      bench.contexts.get('test.source.file')!.exportsChanged();
      await target.settled();
    };
    await change('declare "x" {');
    expect(target.composites()).toMatchObject([{ id: 'import.string.lib', health: { state: 'unhealthy' } }]);
    expect(load(target, config).messages).toEqual(['import.string.lib:1:14: expected }, got EOF']);
    await change('declare "x" { }');
    expect(target.composites()).toMatchObject([{ id: 'import.string.lib', health: { state: 'healthy' } }]);
    expect(load(target, config).messages).toEqual([]);
  });

  it('lets what uses a library wait, without a mistake, while there is no text', async () => {
    const target = controller();
    bench.exported.set('test.source.file', new Unknown());
    const config = 'test.source "file" { value = "" }\nimport.string "lib" { content = test.source.file.out }';
    expect(load(target, `${config}\nlib.x "one" { }`).messages).toEqual([]);
    expect(target.components().map(({ id }) => id)).toEqual(['test.source.file']);
    bench.exported.set('test.source.file', 'declare "x" { test.sink "s" { text = "here" } }');
    bench.contexts.get('test.source.file')!.exportsChanged();
    await target.settled();
    expect(events()).toContain('create lib.x.one/test.sink.s here');
  });

  it('knows the folder of the configuration as module_path, in declarations too', () => {
    const target = controller();
    const text = `test.sink "a" { text = module_path }
      declare "d" { test.sink "b" { text = module_path } }
      d "x" { }
      import.string "lib" { content = "declare \\"e\\" { test.sink \\"c\\" { text = module_path } }" }
      lib.e "y" { }`;
    expect(target.load([{ filename: '/etc/a/c.alloy', text }], '/etc/a').ok).toBe(true);
    expect(events().filter((event) => event.includes('/etc/a'))).toEqual([
      'create test.sink.a /etc/a',
      'create d.x/test.sink.b /etc/a',
      'create lib.e.y/test.sink.c /etc/a',
    ]);
  });

  it('takes only declare and import blocks', () => {
    const { messages: said } = load(controller(), 'import.string "lib" { content = "test.sink \\"s\\" { }" }');
    expect(said).toEqual([
      'import.string.lib:1:1: only declare and import blocks are allowed in a module, got test.sink',
    ]);
  });

  it('names a declaration that the text does not have', () => {
    const { messages: said } = load(controller(), 'import.string "lib" { content = "" }\nlib.none "x" { }');
    expect(said).toEqual(['c:2:1: cannot find the definition of component name "lib.none"']);
  });
});

describe('foreach', () => {
  const loop = (collection: string): string => `
test.source "around" { value = "+" }
foreach "each" {
  collection = ${collection}
  var        = "item"
  template {
    test.source "in" { value = item }
    test.sink "s" { text = string.format("%v", test.source.in.out) + test.source.around.out }
  }
}`;

  it('runs the template for each element, which sees the components around it', () => {
    const target = controller({ experimental: true });
    expect(load(target, loop('["a", "b"]')).messages).toEqual([]);
    expect(events().filter((event) => event.includes('sink'))).toEqual([
      'create foreach.each/foreach_a_1/test.sink.s a+',
      'create foreach.each/foreach_b_1/test.sink.s b+',
    ]);
  });

  it('keeps what runs for an element that stays, and tells equal elements apart', () => {
    const target = controller({ experimental: true });
    load(target, loop('["a", "b"]'));
    target.start();
    events();
    load(target, loop('["b", "b", "c"]'));
    expect(events().filter((event) => event.includes('sink'))).toEqual([
      'stop foreach.each/foreach_a_1/test.sink.s',
      'create foreach.each/foreach_b_2/test.sink.s b+',
      'run foreach.each/foreach_b_2/test.sink.s',
      'create foreach.each/foreach_c_1/test.sink.s c+',
      'run foreach.each/foreach_c_1/test.sink.s',
    ]);
  });

  it('needs the experimental level', () => {
    expect(load(controller(), loop('[]')).messages[0]).toContain('at stability level "experimental"');
  });

  it('takes no configuration blocks in its template', () => {
    const text = 'foreach "x" {\n collection = []\n var = "v"\n template { logging { } }\n}';
    expect(load(controller({ experimental: true }), text).messages).toEqual(['c:4:13: logging not allowed in foreach']);
  });
});
