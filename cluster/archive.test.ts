import { archiveCases } from "./archive.cases.ts";
import { MemoryArchive } from "./archive.ts";

archiveCases(() => {
  const archive = new MemoryArchive(setImmediate);
  return { open: (node) => archive.node(node) };
});
