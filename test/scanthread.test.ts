/** When a node has its first scanning thread. */
import { setTimeout as pause } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { cli } from "../node/cli/cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "../node/cli/toyproject.fixture.ts";
import { limits } from "../protocol/limits.ts";

const started: Worker[] = [];
const note = (worker: Worker): void => void started.push(worker);
process.on("worker", note);
afterEach(async () => {
  process.off("worker", note);
  await cleanUpToys();
});

test("a node that answers has a scanning thread soon, though nobody has called it; it ends with the node", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  await project.start();
  expect(started).toHaveLength(0);
  await vi.waitFor(() => expect(started).toHaveLength(1), { timeout: 30_000, interval: 20 });
  await pause(2 * limits.dlpThreadAfterMs);
  expect(started).toHaveLength(1);
  await cleanUpToys();
  expect(started.map(({ threadId }) => threadId)).toEqual([-1]);
});
