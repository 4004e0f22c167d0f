import { expect, test } from "vitest";
import { Cancellation } from "./cancel.ts";

test("every listener hears of the cancel once, and removed ones do not", () => {
  const cancellation = new Cancellation();
  const heard: string[] = [];
  const removed = (): void => void heard.push("removed");
  cancellation.addEventListener("abort", () => heard.push("first"));
  cancellation.addEventListener("abort", removed);
  cancellation.addEventListener("abort", () => heard.push("third"));
  cancellation.removeEventListener("abort", removed);
  cancellation.abort();
  cancellation.abort();
  expect(heard).toEqual(["first", "third"]);
  expect(cancellation.aborted).toBe(true);
});

test("a listener that comes after the cancel is not called", () => {
  const cancellation = new Cancellation();
  cancellation.abort();
  cancellation.addEventListener("abort", () => expect.unreachable());
  cancellation.abort();
});
