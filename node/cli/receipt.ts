/** Which nodes of a cluster have confirmed what an operator has just done. */
import type { Confirmed } from "../../cluster/orders.ts";
import type { CliIo } from "./io.ts";

/** @param nodes undefined where the node is alone, or not yet in its cluster */
export function sayReceipt(io: CliIo, nodes: Confirmed | undefined): void {
  if (nodes === undefined) return;
  const { heard, missing, isUnjoined } = nodes;
  if (isUnjoined === true)
    io.err("No other node has heard of it: this one has not joined its cluster. It tells them as soon as it has; gatehouse cluster status says when. Until then do the same at another node."); // prettier-ignore
  if (heard.length > 0) io.out(`Other nodes that have it: ${heard.join(", ")}.`);
  if (missing.length > 0)
    io.err(`Not confirmed yet by ${missing.join(", ")}: each reads it from the store, and refuses calls while it cannot. gatehouse cluster status tells.`); // prettier-ignore
}
