import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MemoryStore, type Store } from "../../cluster/store.ts";
import { readSecret, type Secret } from "../vault/secret.ts";
import { clusterMark, confirmCluster } from "./clustermark.ts";

const newSecret = (): { readonly text: string; readonly secret: Secret } => {
  const text = randomBytes(48).toString("base64");
  return { text, secret: readSecret("env:SECRET", { env: { SECRET: text }, folder: "." }) };
};
const newStore = (): MemoryStore => new MemoryStore({ later: (run) => void setImmediate(run), now: () => Date.now() }); // prettier-ignore
const { text, secret } = newSecret();
const prod = clusterMark(secret, "prod");
const { signal } = new AbortController();
const join = (store: Store, mark: string, name: string): Promise<void> =>
  confirmCluster(store, mark, name, signal);

describe("the mark of a cluster", () => {
  test("gives away nothing of the secret, and is another one for another secret or name", () => {
    expect(prod).toContain("prod");
    expect(prod).not.toContain(text.slice(0, 8));
    expect(new Set([prod, clusterMark(secret, "test"), clusterMark(newSecret().secret, "prod")]).size).toBe(
      3,
    );
    expect(clusterMark(secret, "prod")).toBe(prod);
  });

  test("is written by whoever comes first, and passes for the others, even in the same moment", async () => {
    const store = newStore();
    const ends = await Promise.allSettled([1, 2, 3].map(() => join(store, prod, "prod")));
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    await expect(join(store, prod, "prod")).resolves.toBeUndefined();
  });

  test("of another secret or name ends the join, and names what is wrong, even in the same moment", async () => {
    const store = newStore();
    const strange = clusterMark(newSecret().secret, "prod");
    const ends = await Promise.allSettled([join(store, prod, "prod"), join(store, strange, "prod")]);
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expect(join(store, strange, "prod")).rejects.toThrow("cluster.secret is not that of the other nodes of cluster prod"); // prettier-ignore
    await expect(join(store, clusterMark(secret, "test"), "test")).rejects.toThrow("this NATS is used by the cluster prod, and cluster.name is test"); // prettier-ignore
  });

  test("is asked for again while the store does not say what became of it", async () => {
    const store = newStore();
    let unknown = 2;
    const hazy: Store = {
      watch: (onRow, onCaughtUp) => store.watch(onRow, onCaughtUp),
      swap: (key, value, expected, then) => {
        if (unknown-- > 0) setImmediate(then, { kind: "unknown" });
        else store.swap(key, value, expected, then);
      },
    };
    await join(hazy, prod, "prod");
    expect(unknown).toBeLessThan(0);
    await expect(join(store, clusterMark(secret, "test"), "test")).rejects.toThrow("the cluster prod");
  });
});
