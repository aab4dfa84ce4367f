/** What the stages of `loki.process` do to labels, and which values they extract under which names. */
import type { Block, Expression } from '../alloy/ast.ts';
import { compileRegex, RegexError } from '../regex/re2.ts';
import { type Flow, withNames, withoutNames } from './flow.ts';
import { attribute, blocksIn, type Reader } from './syntax.ts';

/** Names, or undefined where they come from the line itself. */
type Names = readonly string[] | undefined;

export function afterStages(flow: Flow, block: Block, read: Reader): Flow {
  let after = flow;
  for (const stage of blocksIn(block)) after = afterStage(after, stage, read);
  return after;
}

function afterStage(flow: Flow, stage: Block, read: Reader): Flow {
  switch (stage.name) {
    case 'stage.label_drop': {
      const names = texts(stage, 'values', read);
      return names === undefined ? flow : withoutNames(flow, (name) => names.includes(name));
    }
    case 'stage.label_keep': {
      const names = texts(stage, 'values', read);
      return names === undefined ? flow : withoutNames(flow, (name) => !names.includes(name));
    }
    case 'stage.match':
      // Lines that do not match keep the labels they had.
      return withNamesOf(flow, afterStages(flow, stage, read));
    default: {
      const names = labelsOf(stage, read);
      return names === undefined ? { ...flow, presence: () => 'possible' } : withNames(flow, names);
    }
  }
}

function withNamesOf(flow: Flow, other: Flow): Flow {
  return {
    ...flow,
    presence: (name) => (other.presence(name) === 'possible' ? 'possible' : flow.presence(name)),
  };
}

function labelsOf(stage: Block, read: Reader): Names {
  switch (stage.name) {
    case 'stage.labels':
    case 'stage.static_labels': {
      const values = attribute(stage, 'values');
      return values === undefined ? [] : read.keys(values.value);
    }
    case 'stage.cri':
    case 'stage.docker':
      return ['stream'];
    case 'stage.tenant':
      return ['__tenant_id__'];
    case 'stage.regex':
    case 'stage.pattern': {
      const fromGroups = attribute(stage, 'labels_from_groups');
      return fromGroups === undefined ? [] : extractedBy(stage, read);
    }
    default:
      return [];
  }
}

/** Names under which a stage stores what it takes out of a line. */
export function extractedBy(stage: Block, read: Reader): Names {
  switch (stage.name) {
    case 'stage.json':
    case 'stage.logfmt': {
      if (attribute(stage, 'regex') !== undefined) return undefined;
      const map = attribute(stage, stage.name === 'stage.json' ? 'expressions' : 'mapping');
      return map === undefined ? [] : read.keys(map.value);
    }
    case 'stage.regex':
      return groupNames(attribute(stage, 'expression')?.value, read);
    case 'stage.replace': {
      const groups = groupNames(attribute(stage, 'expression')?.value, read);
      const source = sourceOf(stage, read);
      return groups === undefined || source === undefined ? undefined : [...groups, ...source];
    }
    case 'stage.pattern': {
      const pattern = attribute(stage, 'pattern');
      const text = pattern === undefined ? '' : read.text(pattern.value);
      return text === undefined ? undefined : [...text.matchAll(/<([A-Za-z_][A-Za-z0-9_]*)>/g)].map(([, name]) => name);
    }
    case 'stage.cri':
      return ['flags', 'stream', 'content', 'time'];
    case 'stage.docker':
      return ['output', 'stream', 'timestamp'];
    case 'stage.template':
    case 'stage.luhn':
      return sourceOf(stage, read);
    case 'stage.match': {
      const inner = blocksIn(stage).map((each) => extractedBy(each, read));
      return inner.includes(undefined) ? undefined : inner.flatMap((names) => names ?? []);
    }
    case 'stage.truncate':
      return ['truncated'];
    case 'stage.geoip':
    case 'stage.windowsevent':
    case 'stage.eventlogmessage':
      return undefined;
    default:
      return [];
  }
}

function sourceOf(stage: Block, read: Reader): Names {
  const source = attribute(stage, 'source');
  if (source === undefined) return [];
  const text = read.text(source.value);
  return text === undefined ? undefined : [text];
}

function texts(stage: Block, name: string, read: Reader): Names {
  const found = attribute(stage, name);
  return found === undefined ? undefined : read.texts(found.value);
}

function groupNames(expression: Expression | undefined, read: Reader): Names {
  const pattern = expression === undefined ? undefined : read.text(expression);
  if (pattern === undefined) return undefined;
  try {
    return [...compileRegex(pattern, { anchored: false }).groupNames.keys()];
  } catch (error) {
    if (error instanceof RegexError) return undefined;
    throw error;
  }
}
