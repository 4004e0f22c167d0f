/** What is kept of calls that an owner could not decide, and whose word counts. That all of it holds is the simulation's to show. */
import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Deferrals } from "./deferrals.ts";
import { Holding } from "./holding.ts";

const [door, other] = [
  { id: "a", incarnation: 1 },
  { id: "b", incarnation: 1 },
];
let deferrals: Deferrals;
let holding: Holding;

beforeEach(() => {
  deferrals = new Deferrals();
  holding = new Holding(7);
  holding.epoch = 5;
});

describe("a call that was put off", () => {
  test("is refused for good once its door takes it back, and stays so when the owner could decide it", () => {
    deferrals.defer("op", door, holding, 5, 0);
    expect(deferrals.refusalOf("op")).toBeUndefined();
    expect(deferrals.takeBack("op", door, 1)).toBe(holding);
    deferrals.defer("op", door, holding, 5, 2);
    expect(deferrals.refusalOf("op")).toBe("cancelled");
    expect(deferrals.takeBack("op", door, 3)).toBe(holding);
    deferrals.tick(3 + limits.endingKeptMs - 1);
    expect(deferrals.refusalOf("op")).toBe("cancelled");
    deferrals.tick(3 + limits.endingKeptMs);
    expect(deferrals.refusalOf("op")).toBeUndefined();
  });

  test("may have been made elsewhere when it was presented first under another epoch: nothing is said of it", () => {
    deferrals.defer("op", door, holding, 4, 0);
    expect(deferrals.takeBack("op", door, 1)).toBeUndefined();
  });

  test("is not spoken for under another epoch, nor once it is decided, nor by another node", () => {
    deferrals.defer("mine", door, holding, 5, 0);
    deferrals.defer("mine", other, holding, 5, 1);
    expect(deferrals.takeBack("mine", other, 2) === undefined).toBe(true);
    expect(deferrals.takeBack("mine", door, 2) === holding).toBe(true);
    deferrals.defer("decided", door, holding, 5, 0);
    deferrals.forget("decided");
    expect(deferrals.takeBack("decided", door, 1)).toBeUndefined();
    deferrals.defer("moved", door, holding, 5, 0);
    holding.epoch = 6;
    expect(deferrals.takeBack("moved", door, 1)).toBeUndefined();
    expect(deferrals.refusalOf("mine")).toBeUndefined();
  });

  test("beyond as many as are remembered is not known, and those before it are", () => {
    for (let at = 0; at <= limits.deferralsMax; at++) deferrals.defer(String(at), door, holding, 5, 0);
    expect(deferrals.takeBack(String(limits.deferralsMax), door, 1)).toBeUndefined();
    expect(deferrals.takeBack("0", door, 1)).toBe(holding);
  });
});
