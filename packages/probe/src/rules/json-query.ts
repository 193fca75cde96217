import type { JSONPathEnvironment, JSONPathQuery, JSONValue } from 'json-p3';
import { jsonPaths } from './engines.ts';
import { findPattern } from './pattern.ts';

/** Nodes that a rule looks at, at most. */
export const NODE_LIMIT = 1_000;
const DEPTH_LIMIT = 200;
const CACHE_LIMIT = 512;

/** `match` or `search` of RFC 9535 with patterns that run in linear time, instead of the RegExp of the library. */
const patternFunction = ({ ValueType, LogicalType }: ReturnType<typeof jsonPaths>['FunctionExpressionType'], whole: boolean) => ({
  argTypes: [ValueType, ValueType],
  returnType: LogicalType,
  call: (text: unknown, pattern: unknown): boolean => {
    if (typeof text !== 'string' || typeof pattern !== 'string') return false;
    try {
      return findPattern(whole ? `^(?:${pattern})$` : pattern, text) === true;
    } catch {
      return false;
    }
  },
});

let environment: JSONPathEnvironment | null = null;

function pathEnvironment(): JSONPathEnvironment {
  if (environment !== null) return environment;
  const { FunctionExpressionType, JSONPathEnvironment } = jsonPaths();
  environment = new JSONPathEnvironment({ maxRecursionDepth: DEPTH_LIMIT });
  environment.functionRegister.set('match', patternFunction(FunctionExpressionType, true));
  environment.functionRegister.set('search', patternFunction(FunctionExpressionType, false));
  return environment;
}

const cache = new Map<string, JSONPathQuery>();

/** The values that an RFC 9535 path finds, {@link NODE_LIMIT} at most. Throws when the path is not valid. */
export function queryJson(path: string, document: unknown): readonly unknown[] {
  const values: unknown[] = [];
  for (const node of compileQuery(path).lazyQuery(document as JSONValue)) {
    values.push(node.value);
    if (values.length >= NODE_LIMIT) break;
  }
  return values;
}

/** What is wrong with a path, in words; null: nothing. */
export function queryProblem(path: string): string | null {
  const costly = costProblem(path);
  if (costly !== null) return costly;
  try {
    compileQuery(path);
    return null;
  } catch (error) {
    return `must be a JSON path (RFC 9535): ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * RFC 9535 allows paths whose work grows with a power of the document, and the document comes from the target. One
 * descent (`..`), one list of selectors and no second `$` keep the work in proportion to the document.
 */
function costProblem(path: string): string | null {
  const bare = path.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '""');
  if ((bare.match(/\.\./g)?.length ?? 0) > 1) return 'may hold `..` only once';
  if ((bare.match(/\$/g)?.length ?? 0) > 1) return 'may hold `$` only at its start';
  const lists = [...bare.matchAll(/\[([^[\]?()]*)\]/g)].filter(([, inner]) => inner?.includes(',')).length;
  const filterLists = /\?[^\]]*,/.test(bare.replace(/\([^()]*\)/g, '()'));
  if (lists > 1 || (lists > 0 && filterLists)) return 'may hold only one list of several selectors';
  return null;
}

function compileQuery(path: string): JSONPathQuery {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const problem = costProblem(path);
  if (problem !== null) throw new Error(problem);
  const compiled = pathEnvironment().compile(path);
  if (cache.size >= CACHE_LIMIT) {
    const oldest = cache.keys().next();
    if (oldest.done !== true) cache.delete(oldest.value);
  }
  cache.set(path, compiled);
  return compiled;
}
