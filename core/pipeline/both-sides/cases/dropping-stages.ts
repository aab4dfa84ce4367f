/** Cases of the stages that drop lines or choose among them. */
import { type BothSidesCase, stageCase } from '../case.ts';

const JSON_STAGE = 'stage.json { expressions = { level = "", path = "" } }';

export const droppingCases: readonly BothSidesCase[] = [
  stageCase(
    'stage.drop',
    'drops what an expression matches',
    'stage.drop { expression = "/healthz?" }',
    ['GET /healthz 200', 'GET /shop 200'],
    ['{job="app"} "GET /shop 200"', 'dropped: 1 drop_stage'],
  ),
  stageCase(
    'stage.drop',
    'drops what is long, or old, under a reason of its own',
    'stage.drop { longer_than = "8B" }\nstage.drop {\nolder_than = "1h"\ndrop_counter_reason = "late"\n}',
    ['123456789', { line: 'old', atMs: -3_600_001 }, 'new'],
    ['{job="app"} "new"', 'dropped: 1 drop_stage', 'dropped: 1 late'],
  ),
  stageCase(
    'stage.drop',
    'needs all of its conditions',
    `${JSON_STAGE}\nstage.drop {\nsource = "level"\nvalue = "debug"\nlonger_than = "30B"\n}`,
    ['{"level":"debug"}', '{"level":"debug","more":"text text text"}', '{"level":"error","more":"text text text"}'],
    [
      '{job="app"} "{\\"level\\":\\"debug\\"}"',
      '{job="app"} "{\\"level\\":\\"error\\",\\"more\\":\\"text text text\\"}"',
      'dropped: 1 drop_stage',
    ],
  ),
  stageCase(
    'stage.drop',
    'joins several sources',
    `${JSON_STAGE}\nstage.drop {\nsource = "level,path"\nexpression = "^debug;/x$"\n}`,
    ['{"level":"debug","path":"/x"}', '{"level":"debug","path":"/y"}'],
    ['{job="app"} "{\\"level\\":\\"debug\\",\\"path\\":\\"/y\\"}"', 'dropped: 1 drop_stage'],
  ),
  stageCase(
    'stage.match',
    'runs stages on lines of a stream',
    'stage.match {\nselector = "{job=~\\"app|api\\", pod!=\\"p2\\"}"\nstage.static_labels { values = { seen = "yes" } }\n}',
    ['a', { line: 'b', labels: { job: 'api', pod: 'p2' } }, { line: 'c', labels: { job: 'web' } }],
    ['{job="app", seen="yes"} "a"', '{job="api", pod="p2"} "b"', '{job="web"} "c"'],
  ),
  stageCase(
    'stage.match',
    'drops lines by filters',
    'stage.match {\nselector = "{job=\\"app\\"} |= \\"debug\\" !~ \\"keep.*\\""\naction = "drop"\n}',
    ['debug a', 'debug keep me', 'info'],
    ['{job="app"} "debug keep me"', '{job="app"} "info"', 'dropped: 1 match_stage'],
  ),
  stageCase(
    'stage.match',
    'nests',
    'stage.match {\nselector = "{job=\\"app\\"}"\nstage.json { expressions = { a = "" } }\nstage.labels { values = { a = "" } }\nstage.match {\nselector = "{a=\\"1\\"}"\nstage.static_labels { values = { one = "yes" } }\n}\n}',
    ['{"a":"1"}', '{"a":"2"}'],
    ['{a="1", job="app", one="yes"} "{\\"a\\":\\"1\\"}"', '{a="2", job="app"} "{\\"a\\":\\"2\\"}"'],
  ),
  stageCase(
    'stage.match',
    'refuses a selector that is none',
    'stage.match {\nselector = "{job="\naction = "drop"\n}',
    [],
    ['error: expected a quoted text at position 5'],
  ),
  stageCase(
    'stage.limit',
    'drops what is beyond the burst',
    'stage.limit {\nrate = 1\nburst = 2\ndrop = true\n}',
    ['a', 'b', 'c'],
    ['{job="app"} "a"', '{job="app"} "b"', 'dropped: 1 ratelimited'],
  ),
  stageCase(
    'stage.limit',
    'gives each value of a label a rate of its own',
    'stage.limit {\nrate = 1\nburst = 1\ndrop = true\nby_label_name = "pod"\n}',
    [
      { line: 'a', labels: { pod: '1' } },
      { line: 'b', labels: { pod: '2' } },
      { line: 'c', labels: { pod: '1' } },
      { line: 'd', labels: { job: 'app' } },
    ],
    ['{pod="1"} "a"', '{pod="2"} "b"', '{job="app"} "d"', 'dropped: 1 ratelimited'],
  ),
  stageCase(
    'stage.limit',
    'refuses a rate that lets nothing pass',
    'stage.limit {\nrate = 0\nburst = 1\ndrop = true\n}',
    [],
    ['error: rate must be greater than 0'],
  ),
  stageCase(
    'stage.sampling',
    'keeps all, or none',
    'stage.sampling { rate = 1 }',
    ['a', 'b'],
    ['{job="app"} "a"', '{job="app"} "b"'],
  ),
  stageCase(
    'stage.sampling',
    'counts what it drops under a reason of its own',
    'stage.sampling {\nrate = 0\ndrop_counter_reason = "thinned"\n}',
    ['a', 'b'],
    ['dropped: 2 thinned'],
  ),
  stageCase(
    'stage.sampling',
    'chooses the same lines on every runtime',
    'stage.sampling { rate = 0.5 }',
    ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'],
    ['{job="app"} "3"', '{job="app"} "4"', '{job="app"} "8"', '{job="app"} "9"', 'dropped: 6 sampling_stage'],
  ),
];
