/**
 * What a pattern costs on a text, counted: a backtracking matcher over the pattern's tree that takes the ways an engine of
 * regular expressions takes, in the same order, and counts each look at a character. Engines leave some of it out and take
 * none beside it, so their time grows no faster than this count. For tests: equal on every machine, however busy.
 */
import { isWordCode } from "./characters.ts";
import { includesCode, type Node } from "./patterntree.ts";

/** Goes on behind a place; false: it leads nowhere from there. */
type Way = (at: number) => boolean;

interface Run {
  text: string;
  steps: number;
}

export interface Work {
  /** Looks at a character. */
  readonly steps: number;
  /** Start and end of each match, one behind the other, as `matchAll` gives them. */
  readonly matches: readonly number[];
}

/** @returns what it costs to look for all matches in a text, one function for all texts of a pattern */
export function patternWork(tree: Node): (text: string) => Work {
  const run: Run = { text: "", steps: 0 };
  let end = 0;
  const begin = compiled(tree, run, (at) => {
    end = at;
    return true;
  });
  return (text) => {
    [run.text, run.steps] = [text, 0];
    const matches: number[] = [];
    for (let at = 0; at < text.length;) {
      const isFound = begin(at);
      if (isFound) matches.push(at, end);
      at = isFound && end > at ? end : at + 1;
    }
    return { steps: run.steps, matches };
  };
}

function compiled(node: Node, run: Run, next: Way): Way {
  switch (node.kind) {
    case "set": {
      const takes = taker(node.ranges, run);
      return (at) => takes(at) && next(at + 1);
    }
    case "boundary":
      return (at) => isEdge(run, at) && next(at);
    case "assertion":
      return (at) => !isEdge(run, at) && next(at);
    case "sequence":
      return node.items.reduceRight((way, item) => compiled(item, run, way), next);
    case "choice": {
      const ways = node.items.map((item) => compiled(item, run, next));
      return (at) => ways.some((way) => way(at));
    }
    case "repeat":
      return node.item.kind === "set"
        ? setRepeated(taker(node.item.ranges, run), node.min, node.max, next)
        : repeated(node.item, node.min, node.max, run, next);
  }
}

/** As many as there are, then one less for each way that leads nowhere. */
function setRepeated(takes: (at: number) => boolean, min: number, max: number, next: Way): Way {
  return (at) => {
    let to = at;
    while (to - at < max && takes(to)) to++;
    for (; to - at >= min; to--) if (next(to)) return true;
    return false;
  };
}

function repeated(item: Node, min: number, max: number, run: Run, next: Way): Way {
  let times = 0;
  // Behind one more of the item. How many there were is on the way: put back where it leads nowhere.
  const more = compiled(item, run, (at) => {
    times++;
    const isFound = go(at);
    times--;
    return isFound;
  });
  function go(at: number): boolean {
    if (times < max && more(at)) return true;
    if (times < min) return false;
    const own = times;
    times = 0;
    const isFound = next(at);
    times = own;
    return isFound;
  }
  return (at) => {
    const outer = times;
    times = 0;
    const isFound = go(at);
    times = outer;
    return isFound;
  };
}

function taker(ranges: readonly number[], run: Run): (at: number) => boolean {
  const table = Uint8Array.from({ length: 128 }, (_, code) => (includesCode(ranges, code) ? 1 : 0));
  return (at) => {
    run.steps++;
    const code = run.text.charCodeAt(at);
    return code < 128 ? table[code] === 1 : code >= 128 && includesCode(ranges, code);
  };
}

function isEdge(run: Run, at: number): boolean {
  run.steps++;
  const before = at > 0 && isWordCode(run.text.charCodeAt(at - 1));
  return before !== (at < run.text.length && isWordCode(run.text.charCodeAt(at)));
}
