/** Risk scores of the accepted tools of a project: catalogue, pins and records of one folder. */
import { join } from "node:path";
import type { CatalogueConfiguration } from "../config.ts";
import { roleAliases } from "../config.ts";
import { pinnedTools } from "../missions/toolsfile.ts";
import { byRisk, riskOf } from "./riskscore.ts";
import type { Risk } from "./riskscore.ts";
import { toolHistories } from "./toolhistory.ts";

/** The riskiest first. */
export function projectRisks(project: CatalogueConfiguration): readonly Risk[] {
  const { catalogue, lock, dataFolder } = project;
  const histories = toolHistories(join(dataFolder, "records"), roleAliases(project));
  return pinnedTools(lock, Object.keys(catalogue.servers))
    .map((definition) => {
      const { server: name, name: tool } = definition;
      const pinned = lock.servers[name]?.tools[tool]?.definition ?? {};
      const [server, history] = [catalogue.servers[name], histories.get(`${name}/${tool}`)];
      return riskOf({
        definition,
        inputSchema: pinned["inputSchema"],
        outputSchema: pinned["outputSchema"],
        ...(server === undefined ? {} : { server }),
        ...(history === undefined ? {} : { history }),
      });
    })
    .toSorted(byRisk);
}
