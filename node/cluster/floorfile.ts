/**
 * What a node must remember of itself over its end: the highest incarnation that it has had, and the last view that it has
 * seen (cluster/membership.ts). Owns how the file is read. Does not own when it is written (joining.ts).
 */
import { existsSync, readFileSync } from "node:fs";
import type { Floor } from "../../cluster/membership.ts";
import { GatewayError } from "../../protocol/errors.ts";

/** @throws GatewayError CONFIGURATION: a node that guesses it could take a number that another process had */
export function readFloor(path: string): Floor {
  if (!existsSync(path)) return { incarnation: 0, number: 0 };
  try {
    const { incarnation, number } = JSON.parse(readFileSync(path, "utf8")) as Partial<Floor>;
    if (Number.isSafeInteger(incarnation) && Number.isSafeInteger(number))
      return { incarnation, number } as Floor;
  } catch {
    // Said below.
  }
  throw new GatewayError("CONFIGURATION", `${path} is damaged`, {
    remedy: "restore it; without it, start the node with a new name and an empty data folder",
  });
}
